# SPDX-License-Identifier: MIT
"""Modules are loaded again while stanzas flow: nothing is lost or doubled, nobody is thrown out, and another device keeps
getting its copies.

    reload_test.py [--rounds N]
"""
import argparse
import json
import os
import subprocess
import sys
import threading
import unittest

import kit
from kit import chat, login

CARBONS = "urn:xmpp:carbons:2"
FORWARD = "urn:xmpp:forward:0"

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


class Device(threading.Thread):
    """Another device of somebody who talks: collects the copies (XEP-0280) of what goes to and from the first one."""

    def __init__(self, wire):
        super().__init__(daemon=True)
        self.wire, self.ended, self.failure = wire, threading.Event(), None
        self.copies = {"sent": [], "received": []}
        answer = wire.query(f"<enable xmlns='{CARBONS}'/>", "set")
        assert answer.get("type") == "result", kit.ET.tostring(answer)

    def run(self):
        try:
            while not self.ended.is_set():
                element = self.wire.next()
                self.take(element)
                if element.get("id") == "end":
                    return
        except Exception as failure:
            self.failure = failure

    def take(self, element):
        for direction, texts in self.copies.items():
            copy = element.find(f"{{{CARBONS}}}{direction}/{{{FORWARD}}}forwarded/{{{kit.CLIENT}}}message")
            if copy is not None:
                texts.append(int(kit.body(copy)))

    def finish(self):
        """Everything before this has come."""
        self.wire.send("<iq type='get' id='end' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>")
        self.join(kit.PATIENCE)


class Reload(unittest.TestCase):
    rounds = 10

    def test_on_one_shard(self):
        self.reload_under_load(1)

    def test_on_two_shards(self):
        self.reload_under_load(2)

    def control(self, *arguments):
        done = subprocess.run([kit.CONTROL, "--socket", self.socket, "--json", *arguments], capture_output=True,
                              timeout=kit.PATIENCE)
        self.assertEqual(done.returncode, 0, (arguments, done.stdout + done.stderr, self.server.log()))
        return json.loads(done.stdout)

    def reload_under_load(self, shards):
        self.server = server = kit.Server(shards=shards).start()
        self.addCleanup(server.remove)
        self.socket = server.control_socket()
        kit.register(server, "romeo", "juliet")
        romeo, juliet = login(server, "romeo"), login(server, "juliet")
        device = Device(login(server, "juliet", "other"))
        talks = [Talk(romeo, juliet.jid), Talk(juliet, romeo.jid)]
        for thread in (device, *talks):
            thread.start()
        modules = [row[0] for row in self.control("modules", "list")["rows"]]
        self.assertIn("carbons", modules)
        for number in range(self.rounds):
            self.control("modules", "reload", modules[number % len(modules)])
        self.end(talks)
        device.finish()
        self.assertIsNone(device.failure)
        self.assertEqual(device.copies["received"], list(range(talks[0].sent)))
        self.assertEqual(device.copies["sent"], list(range(talks[1].sent)))
        self.assertTrue(server.alive(), server.log())
        for wire in (romeo, juliet, device.wire):
            wire.close()
        self.assertEqual(server.stop(), 0, server.log())

    def end(self, talks):
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
