# SPDX-License-Identifier: MIT
"""Clients that resume (XEP-0198) chat in a ring while their connections are cut and the server is killed, at random
moments. In the end each has had every message that its neighbour sent, in order and once; only what the neighbour had
not been told of when the server was killed may have come twice, under the same id.

    resume_test.py [--rounds N] [--seed S] [--shards N] [--no-kill]
"""
import argparse
import os
import random
import sys
import threading
import time
import unittest

import kit
from kit import chat

SM = kit.SM
USERS = [f"user{number}" for number in range(10)]


class Chatter(threading.Thread):
    """Sends numbered messages to the next one, counts and acknowledges what it gets, and comes back whenever its
    connection has gone."""

    def __init__(self, test, user, to):
        super().__init__(daemon=True)
        self.test, self.user, self.to = test, user, to
        self.chance = random.Random(f"{test.seed}-{user}")
        self.id, self.wire, self.failure = None, None, None
        self.number = 0
        self.queue, self.acknowledged = [], 0  # what the server has not taken over; how much it has
        self.handled, self.got = 0, []
        self.doubtful = set()  # what it had not when it was killed
        self.sending, self.ending = threading.Event(), threading.Event()
        self.sending.set()

    def run(self):
        try:
            while not self.ending.is_set():
                try:
                    self.connect()
                    self.live()
                except (kit.Closed, OSError, ValueError, EOFError):
                    time.sleep(0.02)
        except Exception as failure:  # told by the test
            self.failure = failure
            raise

    def connect(self):
        wire = kit.Wire(self.test.server)
        self.wire = wire
        wire.open()
        wire.plain(self.user)
        wire.open()
        if self.id is None:
            wire.bind("ring")
            wire.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
            self.id = wire.until(lambda element: element.tag == f"{{{SM}}}enabled").get("id")
            self.send(wire, "<presence/>", None)
            return
        wire.send(f"<resume xmlns='urn:xmpp:sm:3' previd='{self.id}' h='{self.handled}'/>")
        answer = wire.next()
        if answer.tag != f"{{{SM}}}resumed":
            raise AssertionError(f"{self.user} was not resumed: {answer.tag} {[child.tag for child in answer]}")
        self.take_over(int(answer.get("h")))
        wire.send("".join(xml for xml, text in self.queue))

    def send(self, wire, xml, text):
        self.queue.append((xml, text))
        wire.send(xml)

    def take_over(self, h):
        """The server has handled so many."""
        more = h - self.acknowledged
        if not 0 <= more <= len(self.queue):
            raise AssertionError(f"{self.user} is told h={h} after {self.acknowledged}, with {len(self.queue)} more sent")
        del self.queue[:more]
        self.acknowledged = h

    def live(self):
        wire = self.wire
        until = self.handled + self.chance.randrange(5, 60)
        while not self.ending.is_set():
            if self.sending.is_set() and len(self.queue) < 20:
                text = f"{self.user}-{self.number}"
                self.number += 1
                self.send(wire, chat(f"{self.to}@localhost", text, text), text)
                if self.chance.random() < 0.5:
                    wire.send("<r xmlns='urn:xmpp:sm:3'/>")
            try:
                element = wire.next(0.05)
            except TimeoutError:
                wire.send("<r xmlns='urn:xmpp:sm:3'/>")
                continue
            if element.tag == f"{{{SM}}}a":
                self.take_over(int(element.get("h")))
            elif element.tag == f"{{{SM}}}r":
                if self.chance.random() < 0.8:
                    wire.send(f"<a xmlns='urn:xmpp:sm:3' h='{self.handled}'/>")
            elif element.tag.startswith(f"{{{kit.CLIENT}}}"):
                self.handled += 1
                if (text := kit.body(element)) is not None:
                    if element.get("type") == "error":
                        raise AssertionError(f"{self.user} has got an error for {text}")
                    self.got.append(text)
            if self.sending.is_set() and self.handled > until:
                wire.close()  # in the middle of what comes
                raise EOFError

    def unsure(self):
        self.doubtful |= {text for xml, text in self.queue if text}


class Resumed(unittest.TestCase):
    rounds, seed, shards, kills = 3, 0, 0, True

    def test_nothing_is_lost_and_nothing_comes_twice(self):
        for shards in (self.shards,) if self.shards else (1, 2):
            with self.subTest(shards=shards):
                self.ring(shards)

    def ring(self, shards):
        chance = random.Random(self.seed)
        self.server = kit.Server(host='<offline limit="1000000"/>', log="warn", shards=shards).start()
        self.addCleanup(self.server.remove)
        kit.register(self.server, *USERS)
        clients = [Chatter(self, user, USERS[(at + 1) % len(USERS)]) for at, user in enumerate(USERS)]
        for client in clients:
            client.start()
        for _ in range(self.rounds):
            time.sleep(chance.uniform(0.2, 1.0))
            if self.kills:
                self.server.kill()
                for client in clients:
                    client.unsure()
                self.server.start()
        time.sleep(0.5)
        for client in clients:
            client.sending.clear()
        deadline = time.monotonic() + kit.PATIENCE
        while time.monotonic() < deadline and not all(self.done(at, clients) for at in range(len(clients))):
            time.sleep(0.1)
        failures = [client.failure for client in clients if client.failure]
        self.assertFalse(failures, failures)
        total = doubled = 0
        for at, client in enumerate(clients):
            sender = clients[at - 1]
            expected = [f"{sender.user}-{number}" for number in range(sender.number)]
            first = list(dict.fromkeys(client.got))
            lost = set(expected) - set(first)
            self.assertFalse(lost, f"{client.user} lost {len(lost)} of {len(expected)}: {sorted(lost)[:5]}")
            self.assertEqual(first, expected)
            twice = [text for text in first if client.got.count(text) > (2 if text in sender.doubtful else 1)]
            self.assertFalse(twice, f"{client.user} got {len(twice)} too often: {twice[:5]}")
            total += len(expected)
            doubled += len(client.got) - len(first)
        for client in clients:
            client.ending.set()
        print(f"{shards} shards, {self.rounds} rounds, {total} messages, {doubled} of them twice by the rule")
        self.server.stop()

    @staticmethod
    def done(at, clients):
        sender = clients[at - 1]
        return not sender.queue and f"{sender.user}-{sender.number - 1}" in clients[at].got


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=int(os.environ.get("EPODE_RESUME_ROUNDS", 3)))
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments.add_argument("--shards", type=int, default=0)
    arguments.add_argument("--no-kill", action="store_true")
    given, rest = arguments.parse_known_args()
    Resumed.rounds, Resumed.seed, Resumed.shards, Resumed.kills = given.rounds, given.seed, given.shards, not given.no_kill
    print(f"seed {given.seed}")
    sys.argv[1:] = rest
    kit.main()
