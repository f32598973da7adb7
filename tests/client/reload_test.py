# SPDX-License-Identifier: MIT
"""Modules are loaded again while stanzas flow: nothing is lost or doubled, nobody is thrown out.

    reload_test.py [--rounds N]
"""
import argparse
import os
import subprocess
import sys
import threading
import unittest

import kit
from kit import chat, login

MODULES = ("ping", "carbons", "offline", "roster", "presence", "blocking", "disco", "private")


class Talk(threading.Thread):
    """Sends numbered messages and a query after each; reads what the other one says."""

    def __init__(self, wire, to):
        super().__init__(daemon=True)
        self.wire, self.to, self.ending, self.got, self.failure, self.sent = wire, to, threading.Event(), [], None, 0

    def run(self):
        try:
            while not self.ending.is_set():
                self.wire.send(chat(self.to, self.sent)
                               + f"<iq type='get' id='q{self.sent}' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>")
                self.take_until(f"q{self.sent}")
                self.sent += 1
        except Exception as failure:
            self.failure = failure

    def take_until(self, id):
        while True:
            element = self.wire.next()
            text = kit.body(element)
            if text is not None:
                self.got.append(int(text))
            if element.get("type") == "error":
                raise AssertionError(kit.ET.tostring(element))
            if element.get("id") == id:
                return


class Reload(unittest.TestCase):
    rounds = 10

    def test_modules_are_loaded_again_under_load(self):
        server = kit.Server(epode='control="control.sock"').start()
        self.addCleanup(server.remove)
        kit.register(server, "romeo", "juliet")
        romeo, juliet = login(server, "romeo"), login(server, "juliet")
        talks = [Talk(romeo, juliet.jid), Talk(juliet, romeo.jid)]
        for talk in talks:
            talk.start()
        socket = os.path.join(server.folder, "control.sock")
        for number in range(self.rounds):
            done = subprocess.run([kit.CONTROL, "--socket", socket, "modules", "reload", MODULES[number % len(MODULES)]],
                                  capture_output=True, timeout=kit.PATIENCE)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for talk in talks:
            talk.ending.set()
        for talk in talks:
            talk.join(kit.PATIENCE)
            self.assertFalse(talk.is_alive())
            self.assertIsNone(talk.failure)
        for talk, other in zip(talks, reversed(talks)):
            while len(talk.got) < other.sent:
                text = kit.body(talk.wire.next())
                if text is not None:
                    talk.got.append(int(text))
            self.assertEqual(talk.got, list(range(other.sent)))
        self.assertTrue(server.alive(), server.log())


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=int(os.environ.get("EPODE_RELOAD_ROUNDS", 10)))
    given, rest = arguments.parse_known_args()
    Reload.rounds = given.rounds
    sys.argv[1:] = rest
    if not os.path.exists(kit.CONTROL):
        print(f"skipped: {kit.CONTROL} has not been built")
        sys.exit(kit.SKIPPED)
    kit.main()
