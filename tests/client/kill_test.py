# SPDX-License-Identifier: MIT
"""kill -9 under load: what was acknowledged by XEP-0198 reaches its recipient exactly once, whatever the moment.

    kill_test.py [--rounds N] [--seed S]
"""
import argparse
import os
import random
import sys
import threading
import unittest

import kit
from kit import chat, login

OFFLINE, ONLINE = ("tybalt", "mercutio"), ("juliet", "benvolio")
SENDERS = ("romeo", "paris")


class Sender(threading.Thread):
    """Sends numbered messages to everybody until the server is gone; remembers what was acknowledged."""

    def __init__(self, server, user, round_number):
        super().__init__(daemon=True)
        self.wire, self.prefix = login(server, user, f"s{round_number}", presence=False), f"{user}-{round_number}"
        self.sent, self.acknowledged, self.failed = [], 0, set()
        self.wire.send("<enable xmlns='urn:xmpp:sm:3'/>")
        self.wire.until(lambda element: element.tag.endswith("}enabled"))

    def run(self):
        try:
            for number in range(1_000_000):
                burst = ""
                for to in OFFLINE + ONLINE:
                    text = f"{self.prefix}-{to}-{number}"
                    self.sent.append((to, text))
                    burst += chat(f"{to}@localhost", text, text)
                self.wire.send(burst + "<r xmlns='urn:xmpp:sm:3'/>")
                self.take()
        except (kit.Closed, OSError, ValueError):
            pass
        try:  # what had arrived when the server died
            while True:
                self.take()
        except (kit.Closed, OSError, ValueError):
            pass

    def take(self):
        element = self.wire.next()
        if element.tag == f"{{{kit.SM}}}a":
            self.acknowledged = int(element.get("h"))
        elif element.get("type") == "error":
            self.failed.add(element.get("id"))

    def kept(self):
        """(recipient, text) of what the server took over."""
        return [(to, text) for to, text in self.sent[:self.acknowledged] if text not in self.failed]


class Reader(threading.Thread):
    """An online recipient: counts what it gets and acknowledges it."""

    def __init__(self, server, user, round_number):
        super().__init__(daemon=True)
        self.user, self.got = user, []
        self.wire = login(server, user, f"r{round_number}", presence=False)
        self.wire.send("<presence/>")

    def run(self):
        try:
            while True:
                text = kit.body(self.wire.next(60))
                if text is not None:
                    self.got.append(text)
        except (kit.Closed, OSError, ValueError):
            pass


class Killed(unittest.TestCase):
    rounds, seed = 3, None

    def test_acknowledged_messages_arrive_exactly_once(self):
        chance = random.Random(self.seed)
        server = kit.Server(host='<offline limit="10000000"/>', log="warn, server=info").start()
        self.addCleanup(server.remove)
        kit.register(server, *OFFLINE, *ONLINE, *SENDERS)
        total = 0
        for number in range(self.rounds):
            with self.subTest(round=number):
                total += self.one_round(server, number, chance.uniform(0.05, 0.8))
        print(f"{self.rounds} rounds, {total} acknowledged messages")
        self.assertGreater(total, 0)

    def one_round(self, server, number, moment):
        readers = [Reader(server, user, number) for user in ONLINE]
        senders = [Sender(server, user, number) for user in SENDERS]
        for thread in readers + senders:
            thread.start()
        threading.Event().wait(moment)
        server.kill()
        for thread in senders + readers:
            thread.join(kit.PATIENCE)
            self.assertFalse(thread.is_alive())
            thread.wire.close()
        server.start()
        got = {reader.user: list(reader.got) for reader in readers}
        for user in OFFLINE + ONLINE:
            got.setdefault(user, []).extend(self.fetch(server, user))
        kept = [one for sender in senders for one in sender.kept()]
        for to, text in kept:
            times = got[to].count(text) if len(kept) < 200 else None
            if times is not None:
                self.assertEqual(times, 1, text)
        for user, texts in got.items():
            seen = set(texts)
            lost = [text for to, text in kept if to == user and text not in seen]
            self.assertEqual(lost, [], f"{user} lost {len(lost)} acknowledged messages")
            twice = len(texts) - len(seen)
            if user in OFFLINE:
                self.assertEqual(twice, 0, f"{user} got messages twice")
            mine = [text for text in texts if text.split("-")[0] == SENDERS[0]]
            if user in OFFLINE:
                self.assertEqual(mine, sorted(mine, key=lambda text: int(text.rsplit("-", 1)[1])))
        return len(kept)

    def fetch(self, server, user):
        """Everything that was kept for a user, acknowledged, so that it is gone afterwards."""
        wire = login(server, user, "fetch", presence=False)
        wire.send("<enable xmlns='urn:xmpp:sm:3'/><presence/>")
        texts, counting, handled = [], False, 0
        while True:
            try:
                element = wire.next(1.0)
            except TimeoutError:
                break
            if element.tag.endswith("}enabled"):
                counting = True
                continue
            if element.tag.startswith(f"{{{kit.CLIENT}}}") and counting:
                handled += 1
            if element.tag.endswith("}r"):
                wire.send(f"<a xmlns='urn:xmpp:sm:3' h='{handled}'/>")
            text = kit.body(element)
            if text is not None:
                self.assertIsNotNone(element.find(f"{{{kit.DELAY}}}delay"), text)
                texts.append(text)
        wire.send(f"<a xmlns='urn:xmpp:sm:3' h='{handled}'/>")
        kit.ping(wire)
        wire.send("</stream:stream>")
        wire.end()
        wire.close()
        return texts


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=int(os.environ.get("EPODE_KILL_ROUNDS", 3)))
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    given, rest = arguments.parse_known_args()
    Killed.rounds, Killed.seed = given.rounds, given.seed
    print(f"seed {given.seed}")
    sys.argv[1:] = rest
    kit.main()
