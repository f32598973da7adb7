#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The credentials that XEP-0215 gives out, at coturn: its own client relays packets with them through its own server,
which shares the secret; with anything else it may not. Skipped where the package coturn is not installed."""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import kit

EXTDISCO = "urn:xmpp:extdisco:2"
SECRET = "north wind"
TURNSERVER, CLIENT = shutil.which("turnserver"), shutil.which("turnutils_uclient")


def free_port():
    """Free for UDP and TCP a moment ago."""
    with socket.socket(type=socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        udp.bind(("127.0.0.1", 0))
        tcp.bind(("127.0.0.1", udp.getsockname()[1]))
        return udp.getsockname()[1]


class Coturn:
    """One process on loopback, with its files in a folder of its own."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="epode-turn-test-")
        for _ in range(5):  # somebody else may take the port meanwhile
            if self.start(free_port()):
                return
        self.stop()
        raise RuntimeError("turnserver did not start:\n" + self.log())

    def log(self):
        with open(os.path.join(self.folder, "log"), errors="replace") as file:
            return file.read()

    def start(self, port):
        self.port = port
        with open(os.path.join(self.folder, "log"), "wb") as log:
            self.process = subprocess.Popen(
                [TURNSERVER, "-n", "--use-auth-secret", "--static-auth-secret", SECRET, "--realm", "localhost",
                 "--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1", "--listening-port", str(port),
                 "--allow-loopback-peers", "--no-tls", "--no-dtls", "--no-cli", "--no-rfc5780", "--relay-threads", "1",
                 "--total-quota", "20", "--log-file", "stdout", "--simple-log",
                 "--userdb", os.path.join(self.folder, "users"), "--pidfile", os.path.join(self.folder, "pid")],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=kit.die_with_parent)
        deadline = time.monotonic() + kit.PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            try:  # it takes TCP as well as UDP; there is no line in the log that says "ready" in every version
                socket.create_connection(("127.0.0.1", port), 1).close()
                return True
            except OSError:
                time.sleep(0.02)
        self.process.kill()
        self.process.wait()
        return False

    def relays(self, username, password):
        """Two clients of it send each other five packets."""
        done = subprocess.run([CLIENT, "-y", "-c", "-n", "5", "-u", username, "-w", password, "-p", str(self.port),
                               "127.0.0.1"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=kit.PATIENCE)
        self.said = done.stdout.decode("utf-8", "replace")
        return done.returncode == 0 and "Total lost packets 0 " in self.said

    def stop(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Turn(unittest.TestCase):
    def test_coturn_takes_our_credentials(self):
        turn = Coturn()
        self.addCleanup(turn.stop)
        server = kit.Server(host=f'<extdisco services="turn:127.0.0.1:{turn.port}?ttl=5min" secret="{SECRET}"/>').start()
        self.addCleanup(server.remove)
        server.control_socket()
        added = subprocess.run([kit.CONTROL, "--socket", server.control_socket(), "accounts", "add", "romeo@localhost",
                                "--password-file", "-"], input=kit.PASSWORD.encode() + b"\n", capture_output=True,
                               timeout=kit.PATIENCE)
        self.assertEqual(added.returncode, 0, added)
        wire = kit.Wire(server)
        self.addCleanup(wire.close)
        wire.open()
        self.assertTrue(wire.plain("romeo").tag.endswith("}success"))
        wire.open()
        wire.bind("orchard")
        for payload in (f"<services xmlns='{EXTDISCO}' type='turn'/>",
                        f"<credentials xmlns='{EXTDISCO}'><service host='127.0.0.1' type='turn'/></credentials>"):
            service = wire.query(payload, to="localhost").find(f".//{{{EXTDISCO}}}service")
            name, password = service.get("username"), service.get("password")
            self.assertTrue(turn.relays(name, password), turn.said)
        self.assertFalse(turn.relays(name, password[::-1]), turn.said)
        until, account = name.split(":", 1)
        self.assertFalse(turn.relays(f"{int(until) + 1}:{account}", password), turn.said)


if __name__ == "__main__":
    if not TURNSERVER or not CLIENT:
        print("coturn is not installed: skipped")
        sys.exit(kit.SKIPPED)
    unittest.main()
