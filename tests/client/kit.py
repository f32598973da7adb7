# SPDX-License-Identifier: MIT
"""What the client tests share: a server process with its own data and ports, and a raw XMPP client that sends exactly
what it is told. Only the standard library; everything waits with a deadline, and every process is ended by its id."""
import base64
import ctypes
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import xml.etree.ElementTree as ET

HERE = os.path.dirname(os.path.abspath(__file__))
BINARY = os.environ.get("EPODE_BINARY", os.path.join(HERE, "..", "..", "build", "dev", "bin", "epode"))
CONTROL = os.environ.get("EPODE_CONTROL", os.path.join(os.path.dirname(BINARY), "epodectl"))
PATIENCE = float(os.environ.get("EPODE_TEST_PATIENCE", "20"))  # a deadline for what should take milliseconds
SANITIZER = re.compile(r"(Address|Leak|Thread|UndefinedBehavior)Sanitizer|: runtime error: ")
SKIPPED = 77  # CTest's SKIP_RETURN_CODE

CLIENT = "jabber:client"
STREAMS = "http://etherx.jabber.org/streams"
STREAM_ERRORS = "urn:ietf:params:xml:ns:xmpp-streams"
STANZA_ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
SM = "urn:xmpp:sm:3"
DELAY = "urn:xmpp:delay"
PASSWORD = "secret"
HEADER = ("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
          "to='localhost' version='1.0'>")

CONFIG = """<epode data="data" log="{log}" {epode}>
  <listen type="c2s" address="127.0.0.1" port="{starttls}" {listen}/>
  <listen type="c2s" address="127.0.0.1" port="{direct}" tls="direct"/>
  <c2s scram-rounds="4096" {c2s}/>
  <host name="localhost">{host}</host>
</epode>
"""


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: a killed test leaves no server behind


class Server:
    """One process. Start it again after `kill` or `stop`: the data stays until `remove`."""

    def __init__(self, epode="", listen="", c2s="", host="", log="info", shards=2, open_files=None, ports=(0, 0)):
        self.folder = tempfile.mkdtemp(prefix="epode-client-test-")
        self.config = os.path.join(self.folder, "epode.xml")
        self.shards, self.open_files = shards, open_files
        with open(self.config, "w") as file:
            file.write(CONFIG.format(epode=epode, listen=listen, c2s=c2s, host=host, log=os.environ.get("EPODE_TEST_LOG", log),
                                     starttls=ports[0], direct=ports[1]))
        self.process = None

    def certificate(self):
        """The file of the one that it made."""
        return os.path.join(self.folder, "data", "tls", "localhost.crt")

    def command(self):
        return [BINARY, "--config", self.config, "--shards", str(self.shards)]

    def start(self):
        def before_exec():
            die_with_parent()
            if self.open_files:
                import resource
                resource.setrlimit(resource.RLIMIT_NOFILE, (self.open_files, self.open_files))

        self.lines, self.ports, self.said, self.silent = [], {}, threading.Condition(), False
        self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, preexec_fn=before_exec)
        self.listener = threading.Thread(target=self._listen, args=(self.process,), daemon=True)
        self.listener.start()
        with self.said:
            ready = self.said.wait_for(lambda: len(self.ports) == 2 or self.silent, PATIENCE)
        if not ready or len(self.ports) < 2:
            self.kill()
            raise RuntimeError("the server did not start:\n" + self.log())
        return self

    def _listen(self, process):
        for raw in process.stderr:
            line = raw.decode("utf-8", "replace").rstrip()
            found = re.search(r"listening.*port=(\d+).*tls=(\w+)", line)
            with self.said:
                self.lines.append(line)
                if found:
                    self.ports[found.group(2)] = int(found.group(1))
                self.said.notify_all()
        with self.said:
            self.silent = True
            self.said.notify_all()

    def log(self):
        return "\n".join(self.lines[-200:])

    def wait_for_line(self, pattern):
        with self.said:
            if not self.said.wait_for(lambda: any(re.search(pattern, line) for line in self.lines), PATIENCE):
                raise AssertionError(f"the log never said {pattern!r}:\n{self.log()}")

    def control_socket(self):
        """The administrator's socket, as soon as it is there: it comes after the clients' ports."""
        self.wait_for_line("listening for administrators")
        return os.path.join(self.folder, "data", "epode.sock")

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def _finish(self):
        self.listener.join(PATIENCE)
        self.process.stderr.close()
        reports = [number for number, line in enumerate(self.lines) if SANITIZER.search(line)]
        if reports:
            raise AssertionError("a sanitizer reports:\n" + "\n".join(self.lines[reports[0]:][:200]))

    def stop(self):
        """SIGTERM; returns the exit status."""
        if self.process is None:
            return None
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the server did not stop:\n" + self.log())
        self._finish()
        return status

    def kill(self):
        if self.process is None:
            return
        if self.alive():
            self.process.kill()
        self.process.wait()
        self._finish()

    def remove(self):
        """Ends it as an administrator would, which must go well: that is when leaks are reported."""
        try:
            if self.alive():
                status = self.stop()
                assert status == 0, f"the server ended with {status}:\n{self.log()}"
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    # ---- What it uses -------------------------------------------------------------------------------------------------

    def memory(self, field="VmRSS"):
        with open(f"/proc/{self.process.pid}/status") as file:
            return int(re.search(field + r":\s+(\d+) kB", file.read()).group(1)) * 1024

    def processor_time(self):
        """Seconds that all of its threads have used."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def forget_peak(self):
        with open(f"/proc/{self.process.pid}/clear_refs", "w") as file:
            file.write("5")  # VmHWM starts again

    def sanitized(self):
        with open(f"/proc/{self.process.pid}/maps") as file:
            return re.search(r"lib[at]san", file.read()) is not None

    def open_descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


class Closed(AssertionError):
    """The peer closed the connection while something was awaited."""


def tls_context(alpn=("xmpp-client",)):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


class Wire:
    """A connection: bytes out, top-level elements in."""

    def __init__(self, server, how="direct", alpn=("xmpp-client",), receive_buffer=None):
        raw = socket.socket()
        if receive_buffer:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        raw.settimeout(PATIENCE)
        raw.connect(("127.0.0.1", server.ports["direct" if how == "direct" else "starttls"]))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = raw
        if how == "direct":
            self.socket = tls_context(alpn).wrap_socket(raw, server_hostname="localhost")
        self.fresh()
        if how == "starttls":
            self.starttls()

    def fresh(self):
        self.parser, self.depth, self.waiting, self.root = ET.XMLPullParser(("start", "end")), 0, [], None
        self.ended = False

    def starttls(self):
        self.open()
        self.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        assert self.next().tag.endswith("}proceed")
        self.wrap()

    def wrap(self):
        self.socket = tls_context(None).wrap_socket(self.socket, server_hostname="localhost")
        self.fresh()

    def send(self, data):
        self.socket.settimeout(2 * PATIENCE)  # a sender may be held up while others read slowly
        self.socket.sendall(data.encode() if isinstance(data, str) else data)

    def open(self, header=HEADER):
        """Sends a header; returns the features."""
        self.fresh()
        self.send(header)
        features = self.next()
        assert features.tag == f"{{{STREAMS}}}features", ET.tostring(features)
        return features

    def next(self, timeout=PATIENCE):
        """The next top-level element. Raises Closed at the end, TimeoutError when nothing comes."""
        deadline = time.monotonic() + timeout
        while not self.waiting:
            if self.ended:
                raise Closed("the stream has ended")
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("nothing came")
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(65536)
            except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError) as gone:
                raise Closed(str(gone)) from None
            if not data:
                raise Closed("the connection has ended")
            self.feed(data)
        return self.waiting.pop(0)

    def feed(self, data):
        self.parser.feed(data)
        for event, element in self.parser.read_events():
            if event == "start":
                self.depth += 1
                if self.depth == 1:
                    self.root = element
            else:
                self.depth -= 1
                if self.depth == 1:
                    self.waiting.append(element)
                    self.root.remove(element)
                elif self.depth == 0:
                    self.ended = True

    def until(self, wanted, timeout=PATIENCE):
        """Skips elements until `wanted(element)`; returns that one."""
        deadline = time.monotonic() + timeout
        while True:
            element = self.next(max(0.01, deadline - time.monotonic()))
            if wanted(element):
                return element

    def stream_error(self):
        """The condition of the stream error that ends this stream, after which the connection must end, too."""
        error = self.until(lambda element: element.tag == f"{{{STREAMS}}}error")
        condition = error[0].tag
        assert condition.startswith(f"{{{STREAM_ERRORS}}}"), condition
        try:
            self.send("</stream:stream>")  # or the server waits for it a while
        except OSError:
            pass
        self.end()
        return condition.split("}")[1]

    def end(self):
        """Waits until the peer has closed."""
        try:
            while True:
                self.next()
        except Closed:
            pass
        while True:
            try:
                self.socket.settimeout(PATIENCE)
                if not self.socket.recv(65536):
                    return
            except (ConnectionError, ssl.SSLError):
                return

    def close(self):
        try:
            self.socket.close()
        except OSError:
            pass

    # ---- Logging in ---------------------------------------------------------------------------------------------------

    def plain(self, user, password=PASSWORD):
        token = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        self.send(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{token}</auth>")
        return self.next()

    def bind(self, resource):
        self.send("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                  f"<resource>{resource}</resource></bind></iq>")
        answer = self.next()
        assert answer.get("type") == "result", ET.tostring(answer)
        return answer[0][0].text

    def query(self, payload, kind="get", to=None, id="q"):
        self.send(f"<iq type='{kind}' id='{id}'" + (f" to='{to}'" if to else "") + f">{payload}</iq>")
        return self.until(lambda element: element.tag == f"{{{CLIENT}}}iq" and element.get("id") == id)


def register(server, *users, password=PASSWORD):
    wire = Wire(server)
    wire.open()
    for user in users:
        answer = wire.query("<query xmlns='jabber:iq:register'>"
                            f"<username>{user}</username><password>{password}</password></query>", "set", id=user)
        assert answer.get("type") == "result", ET.tostring(answer)
    wire.close()


def login(server, user, resource="r", how="direct", presence=True, password=PASSWORD, receive_buffer=None):
    """A client that is bound and, unless told otherwise, available."""
    wire = Wire(server, how, receive_buffer=receive_buffer)
    wire.open()
    answer = wire.plain(user, password)
    assert answer.tag == f"{{{SASL}}}success", ET.tostring(answer)
    wire.open()
    wire.jid = wire.bind(resource)
    if presence:
        wire.send("<presence/>")
        wire.until(lambda element: element.tag == f"{{{CLIENT}}}presence" and element.get("from") == wire.jid)
    return wire


def body(element):
    return element.findtext(f"{{{CLIENT}}}body") if element.tag == f"{{{CLIENT}}}message" else None


def chat(to, text, id=""):
    return f"<message to='{to}' type='chat'" + (f" id='{id}'" if id else "") + f"><body>{text}</body></message>"


def read_bodies(wire, count, timeout=PATIENCE):
    found = []
    while len(found) < count:
        text = body(wire.next(timeout))
        if text is not None:
            found.append(text)
    return found


def ping(wire, id="p"):
    """A round trip: everything before has been seen by the server."""
    answer = wire.query("<ping xmlns='urn:xmpp:ping'/>", to="localhost", id=id)
    assert answer.get("type") == "result", ET.tostring(answer)


def main():
    if not os.path.exists(BINARY):
        print(f"skipped: {BINARY} has not been built")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
