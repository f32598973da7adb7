# SPDX-License-Identifier: MIT
"""The administrator's tool against the real server: every noun of the catalogue, what a refusal looks like, exit codes."""
import fcntl
import json
import os
import pty
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import unittest

import kit

DONE, REFUSED, WRONG, NO_SERVER = 0, 1, 2, 3


class Outcome:
    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout.decode(), done.stderr.decode()

    def __repr__(self):
        return f"status {self.status}\n{self.out}{self.err}"


def environment(**more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EPODE_")}
    return {**kept, **more}


def run(*arguments, stdin=b"", cwd="/", **more):
    return Outcome(subprocess.run([kit.CONTROL, *arguments], input=stdin, capture_output=True, timeout=kit.PATIENCE,
                                  cwd=cwd, env=environment(**more)))


class WithServer(unittest.TestCase):
    def setUp(self):
        self.server = kit.Server().start()
        self.addCleanup(self.server.remove)
        self.socket = self.server.control_socket()

    def ctl(self, *arguments, status=DONE, **more):
        outcome = run("--socket", self.socket, *arguments, **more)
        self.assertEqual(outcome.status, status, (arguments, outcome, self.server.log()))
        return outcome

    def answer(self, *arguments, status=DONE, **more):
        return json.loads(self.ctl("--json", *arguments, status=status, **more).out)

    def column(self, name, *arguments):
        answer = self.answer(*arguments)
        return [row[answer["columns"].index(name)] for row in answer["rows"]]

    def add(self, jid, password=kit.PASSWORD):
        self.ctl("accounts", "add", jid, "--password-file", "-", stdin=password.encode() + b"\n")

    def login(self, user, **more):
        wire = kit.login(self.server, user, **more)
        self.addCleanup(wire.close)
        return wire

    def refused_login(self, user, password):
        wire = kit.Wire(self.server)
        self.addCleanup(wire.close)
        wire.open()
        return wire.plain(user, password).tag == f"{{{kit.SASL}}}failure"


class Server(WithServer):
    def test_status_and_hosts(self):
        self.assertEqual(self.answer("status")["details"]["state"], "running")
        self.assertRegex(self.ctl("status").out, r"(?m)^state +running$")
        self.assertEqual(self.column("host", "hosts"), ["localhost"])

    def test_answers_have_stable_keys_and_are_one_line(self):
        out = self.ctl("hosts", "--json").out
        self.assertEqual(out.count("\n"), 1)
        self.assertEqual(list(json.loads(out)), ["ok", "text", "columns", "rows", "details"])

    def test_tables_are_aligned(self):
        lines = self.ctl("modules", "list").out.splitlines()
        self.assertEqual([line for line in lines if line != line.rstrip()], [])
        begin = lines[0].index("summary")
        self.assertTrue(all(line[begin - 1] == " " and line[begin] != " " for line in lines))
        self.assertEqual(self.ctl("sessions", "list").out, "none\n")

    def test_metrics_are_openmetrics(self):
        self.assertTrue(self.ctl("metrics").out.rstrip().endswith("# EOF"))

    def test_stop(self):
        client = self.login_new("romeo")
        self.ctl("stop")
        self.assertEqual(client.stream_error(), "system-shutdown")
        self.assertEqual(self.server.process.wait(kit.PATIENCE), 0)
        self.assertFalse(os.path.exists(self.socket))
        self.assertIn(self.socket, self.ctl("status", status=NO_SERVER).err)

    def test_stop_is_told_in_rooms(self):
        """XEP-0045: 332, from whatever shard the room is on, before the stream ends."""
        server = kit.Server(shards=3).start()
        self.addCleanup(server.remove)
        kit.register(server, "romeo", "juliet")
        wires = [kit.login(server, name) for name in ("romeo", "juliet")]
        rooms = {f"room{number}@conference.localhost" for number in range(8)}
        for wire in wires:
            for room in rooms:
                wire.send(f"<presence to='{room}/{id(wire)}'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
                          f"<iq type='set' id='o' to='{room}'><query xmlns='http://jabber.org/protocol/muc#owner'>"
                          f"<x xmlns='jabber:x:data' type='submit'/></query></iq>")
            for _ in rooms:
                wire.until(lambda element: element.get("id") == "o")
        server.process.send_signal(signal.SIGTERM)
        for wire in wires:
            left = set(rooms)
            while left:
                told = wire.until(lambda element: element.get("type") == "unavailable")
                self.assertIn("332", [status.get("code") for status in told.iter() if status.tag.endswith("}status")])
                left.discard(told.get("from").split("/")[0])
            self.assertEqual(wire.stream_error(), "system-shutdown")
            wire.close()

    def login_new(self, user):
        self.add(f"{user}@localhost")
        return self.login(user)


class Accounts(WithServer):
    def test_from_cradle_to_grave(self):
        self.add("romeo@localhost", "first")
        self.assertEqual(self.column("account", "accounts", "list", "localhost"), ["romeo@localhost"])
        self.login("romeo", password="first").close()
        self.ctl("accounts", "passwd", "romeo@localhost", "--password-file", "-", stdin="zw\u00f6lf\n".encode())
        self.assertTrue(self.refused_login("romeo", "first"))
        client = self.login("romeo", password="zw\u00f6lf")
        self.ctl("accounts", "role", "romeo@localhost", "operator")
        self.assertEqual(self.column("role", "accounts", "list", "localhost"), ["operator"])
        self.ctl("accounts", "delete", "romeo@localhost")
        client.stream_error()
        self.assertEqual(self.answer("accounts", "list", "localhost")["rows"], [])
        self.assertTrue(self.refused_login("romeo", "zw\u00f6lf"))

    def test_refusals_say_why(self):
        self.add("romeo@localhost")
        secret = os.path.join(self.server.folder, "secret")
        with open(secret, "w") as file:
            file.write("another\n")
        again = self.ctl("accounts", "add", "romeo@localhost", "--password-file", secret, status=REFUSED)
        self.assertEqual(again.out, "")
        self.assertNotEqual(again.err.strip(), "")
        self.assertFalse(self.refused_login("romeo", kit.PASSWORD))  # nothing has changed
        self.ctl("accounts", "delete", "juliet@localhost", status=REFUSED)
        self.ctl("accounts", "list", "example.org", status=REFUSED)
        self.assertFalse(self.answer("accounts", "role", "romeo@localhost", "king", status=REFUSED)["ok"])

    def test_passwords_are_nowhere_to_be_seen(self):
        self.add("romeo@localhost", "geheimnis-4711")
        self.assertNotIn("geheimnis-4711", self.server.log())
        told = self.ctl("accounts", "passwd", "romeo@localhost", "geheimnis-4711", status=WRONG)
        self.assertNotIn("geheimnis-4711", self.server.log())
        self.assertIn("too much", told.err)


class Sessions(WithServer):
    def setUp(self):
        super().setUp()
        self.add("romeo@localhost")
        self.add("juliet@localhost")

    def test_list_and_kick(self):
        home, work = self.login("romeo", resource="home"), self.login("romeo", resource="work")
        juliet = self.login("juliet")
        self.assertEqual(self.column("session", "sessions", "list"), [juliet.jid, home.jid, work.jid])
        self.assertEqual(self.column("session", "sessions", "list", "romeo@localhost"), [home.jid, work.jid])
        self.ctl("sessions", "kick", home.jid, "go home")
        home.stream_error()
        self.assertEqual(self.column("session", "sessions", "list", "romeo@localhost"), [work.jid])
        self.ctl("sessions", "kick", "romeo@localhost")
        work.stream_error()
        kit.ping(juliet)
        self.ctl("sessions", "kick", "romeo@localhost", status=REFUSED)


class Modules(WithServer):
    PING = "<ping xmlns='urn:xmpp:ping'/>"

    def test_describe(self):
        answer = self.answer("modules", "describe", "offline")
        self.assertEqual(answer["details"]["module"], "offline")
        self.assertIn("limit", self.column("name", "modules", "describe", "offline", "--host", "localhost"))
        self.assertIn("did you mean", self.ctl("modules", "describe", "ofline", status=REFUSED).err)

    def test_unload_load_and_reload_for_a_client_that_stays(self):
        self.add("romeo@localhost")
        client = self.login("romeo")
        ask = lambda: client.query(self.PING, to="localhost").get("type")
        self.assertEqual(ask(), "result")
        self.ctl("modules", "unload", "ping")
        self.assertEqual(ask(), "error")
        self.ctl("modules", "unload", "ping", status=REFUSED)
        self.ctl("modules", "load", "ping")
        self.assertEqual(ask(), "result")
        self.ctl("modules", "reload", "ping")
        self.assertEqual(ask(), "result")
        self.assertIn("disco", self.ctl("modules", "unload", "disco", status=REFUSED).err)  # others need it

    def test_hooks_and_commands(self):
        self.assertIn("offline", self.column("module", "hooks", "undelivered"))
        self.assertIn("motd-set", self.column("command", "run"))
        self.ctl("run", "motd-set", "message=-", stdin=b"hello\n")
        self.add("romeo@localhost")
        client = self.login("romeo", presence=False)
        client.send("<presence/>")
        self.assertEqual(kit.read_bodies(client, 1), ["hello"])
        self.ctl("run", "motd-set", status=REFUSED)


class Config(WithServer):
    def rewrite(self, old, new):
        with open(self.server.config) as file:
            text = file.read()
        with open(self.server.config, "w") as file:
            file.write(text.replace(old, new))

    def test_check_and_reload(self):
        self.ctl("config", "check")
        self.assertEqual(self.answer("config", "reload")["rows"], [])
        self.rewrite('<host name="localhost">', '<host name="localhost"><offline limit="7"/>')
        changes = self.answer("config", "reload")
        self.assertEqual([(row[1], row[3], row[4]) for row in changes["rows"]], [("limit", "7", "applied")])
        self.rewrite("<offline", "<ofline")
        for command in ("check", "reload"):
            fault = self.ctl("config", command, status=REFUSED).err
            self.assertRegex(fault, r"epode\.xml:\d+:\d+: ")
            self.assertIn("offline", fault)  # what would be right

    def test_another_file_is_found_from_here(self):
        shutil.copy(self.server.config, os.path.join(self.server.folder, "other.xml"))
        self.ctl("config", "check", "other.xml", cwd=self.server.folder)
        self.ctl("config", "check", "none.xml", cwd=self.server.folder, status=REFUSED)

    def test_log_levels(self):
        self.ctl("log", "set", "info", "server=debug")
        levels = dict(self.answer("log", "show")["rows"])
        self.assertEqual(levels["server"], "debug")
        self.ctl("log", "set", "server=loud", status=REFUSED)


class Backup(WithServer):
    def start_from_copy(self):
        data = os.path.join(self.server.folder, "data")
        shutil.rmtree(data)
        shutil.copytree(os.path.join(self.server.folder, "copy"), data)
        self.server.start()
        self.server.control_socket()

    def test_a_server_starts_from_a_copy(self):
        self.add("romeo@localhost")
        self.add("juliet@localhost")
        romeo = self.login("romeo")
        romeo.send(kit.chat("juliet@localhost", "keep this"))
        kit.ping(romeo)  # answered when the message is durable
        self.ctl("backup", "copy", cwd=self.server.folder)
        self.ctl("backup", "copy", cwd=self.server.folder, status=REFUSED)  # it is not empty
        romeo.send(kit.chat("juliet@localhost", "too late for the copy"))
        kit.ping(romeo)
        romeo.close()  # or the server waits for its farewell
        self.assertEqual(self.server.stop(), 0)
        self.start_from_copy()
        self.assertEqual(sorted(self.column("account", "accounts", "list", "localhost")),
                         ["juliet@localhost", "romeo@localhost"])
        juliet = self.login("juliet", presence=False)
        juliet.send("<presence/>")
        self.assertEqual(kit.read_bodies(juliet, 1), ["keep this"])
        kit.ping(juliet)  # nothing follows it

    def test_a_copy_under_load_has_what_was_acknowledged(self):
        self.add("romeo@localhost")
        self.add("juliet@localhost")
        romeo = self.login("romeo")
        romeo.send("<enable xmlns='urn:xmpp:sm:3'/>")
        romeo.until(lambda element: element.tag.endswith("}enabled"))
        ending, acknowledged = threading.Event(), [0]

        def send():
            sent = 0
            while not ending.is_set() and sent < 900:
                romeo.send("".join(kit.chat("juliet@localhost", sent + i) for i in range(5))
                           + "<r xmlns='urn:xmpp:sm:3'/>")
                sent += 5
                answer = romeo.until(lambda element: element.tag.endswith("}a"))
                acknowledged[0] = int(answer.get("h"))

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        deadline = kit.time.monotonic() + kit.PATIENCE
        while acknowledged[0] < 100:
            self.assertLess(kit.time.monotonic(), deadline)
            kit.time.sleep(0.001)
        before = acknowledged[0]
        self.ctl("backup", "copy", cwd=self.server.folder)
        ending.set()
        sender.join(kit.PATIENCE)
        self.assertFalse(sender.is_alive())
        self.assertEqual(self.server.stop(), 0)
        self.start_from_copy()
        juliet = self.login("juliet", presence=False)
        juliet.send("<iq type='get' id='all'><offline xmlns='http://jabber.org/protocol/offline'><fetch/></offline></iq>")
        found = []
        while True:
            element = juliet.next()
            if element.get("id") == "all":
                break
            found.append(int(kit.body(element)))
        # All of one moment: nothing is missing in the middle, and the moment is not before the backup began.
        self.assertEqual(found, list(range(len(found))))
        self.assertGreaterEqual(len(found), before)


class Finding(WithServer):
    def test_the_data_folder_below_is_looked_at(self):
        self.assertEqual(run("status", cwd=self.server.folder).status, DONE)
        self.assertEqual(run("status", EPODE_SOCKET=self.socket).status, DONE)
        self.assertEqual(run("status", EPODE_DATA=os.path.join(self.server.folder, "data")).status, DONE)
        gone = run("status", EPODE_SOCKET="/nowhere/epode.sock", cwd=self.server.folder)
        self.assertEqual(gone.status, NO_SERVER)
        self.assertIn("/nowhere/epode.sock", gone.err)
        self.assertEqual(gone.out, "")


class Alone(unittest.TestCase):
    """Without a server."""

    def test_wrong_usage(self):
        for line in ([], ["sessions"], ["nothing"], ["accounts", "add"], ["status", "--loud"], ["completion", "tcsh"]):
            outcome = run(*line)
            self.assertEqual((outcome.status, outcome.out), (WRONG, ""), line)
            self.assertNotEqual(outcome.err, "")

    def test_a_password_needs_a_terminal_or_a_file(self):
        self.assertEqual(run("accounts", "add", "a@b", stdin=b"secret\n").status, WRONG)
        self.assertEqual(run("accounts", "add", "a@b", "--password-file", "/nowhere").status, WRONG)

    def test_what_answers_nonsense_is_no_server(self):
        with tempfile.TemporaryDirectory() as folder:
            for answer in (b"", b"hello\n", b"{\"ok\":\"maybe\"}\n"):
                path = os.path.join(folder, "socket")
                listener = socket.socket(socket.AF_UNIX)
                listener.bind(path)
                listener.listen()
                tool = subprocess.Popen([kit.CONTROL, "--socket", path, "status"], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
                with listener.accept()[0] as peer:
                    self.assertEqual(json.loads(peer.makefile().readline())["command"], ["status"])
                    peer.sendall(answer)
                out, err = tool.communicate(timeout=kit.PATIENCE)
                self.assertEqual((tool.returncode, out), (NO_SERVER, b""), answer)
                self.assertNotEqual(err, b"")
                listener.close()
                os.unlink(path)

    def test_help_and_completion_need_none(self):
        for line in (["--help"], ["sessions", "--help"], ["--version"], ["completion", "bash"], ["manual"]):
            outcome = run(*line)
            self.assertEqual((outcome.status, outcome.err), (DONE, ""), line)


class Terminal(WithServer):
    """A person at a terminal is asked twice and sees nothing of what is typed."""

    def start(self, *arguments):
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        self.addCleanup(os.close, slave)
        self.slave = slave
        tool = subprocess.Popen([kit.CONTROL, "--socket", self.socket, *arguments], stdin=slave, stdout=slave, stderr=slave,
                                start_new_session=True, env=environment(),
                                preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.addCleanup(lambda: tool.poll() is None and (tool.kill(), tool.wait()))
        return tool, master

    def read_until(self, master, end):
        seen = b""
        while end not in seen:
            ready, _, _ = select.select([master], [], [], kit.PATIENCE)
            self.assertTrue(ready, seen)
            seen += os.read(master, 1024)
        return seen

    def echoes(self):
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def test_it_is_asked_twice(self):
        tool, master = self.start("accounts", "add", "romeo@localhost")
        seen = self.read_until(master, b"Password for romeo@localhost: ")
        self.assertFalse(self.echoes())
        os.write(master, b"balcony\n")
        seen += self.read_until(master, b"again: ")
        os.write(master, b"balcony\n")
        seen += self.read_until(master, b"has been made")
        self.assertEqual(tool.wait(kit.PATIENCE), DONE)
        self.assertNotIn(b"balcony", seen)
        self.assertTrue(self.echoes())
        self.assertFalse(self.refused_login("romeo", "balcony"))

    def test_two_that_differ_change_nothing(self):
        tool, master = self.start("accounts", "add", "romeo@localhost")
        self.read_until(master, b"localhost: ")
        os.write(master, b"one\n")
        self.read_until(master, b"again: ")
        os.write(master, b"two\n")
        self.read_until(master, b"not the same")
        self.assertEqual(tool.wait(kit.PATIENCE), WRONG)
        self.assertEqual(self.answer("accounts", "list", "localhost")["rows"], [])

    def test_an_interrupted_question_leaves_the_terminal_as_it_was(self):
        tool, master = self.start("accounts", "add", "romeo@localhost")
        self.read_until(master, b"localhost: ")
        self.assertFalse(self.echoes())
        os.write(master, b"\x03")
        self.assertEqual(tool.wait(kit.PATIENCE), -signal.SIGINT)
        self.assertTrue(self.echoes())


if __name__ == "__main__":
    if not os.path.exists(kit.CONTROL):
        print(f"skipped: {kit.CONTROL} has not been built")
        sys.exit(kit.SKIPPED)
    kit.main()
