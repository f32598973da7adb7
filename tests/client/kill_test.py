# SPDX-License-Identifier: MIT
"""Exactly once under load, whatever the moment at which somebody dies. The promise, which is tested to the letter:

  * What the server acknowledged to its sender (XEP-0198) reaches its recipient, online or not, over kill -9 and restart,
    and comes once. Nothing here removes duplicates.
  * What it had not acknowledged when it was killed may have arrived all the same. A sender that sends it again under the
    same id makes sure of it, and then it comes once or twice: under that id, and nothing else comes twice.
  * The archives (XEP-0313) of the sender and of the recipient have it by the same rules.
  * A recipient with XEP-0198 whose connection dies gets again what it had not acknowledged on it, under the same id; what
    the server knows it has does not come again.

    kill_test.py [--rounds N] [--seed S]
"""
import argparse
import collections
import os
import random
import sys
import threading
import unittest

import kit
from kit import chat, login

MAM, RSM = "urn:xmpp:mam:2", "http://jabber.org/protocol/rsm"
OFFLINE, ONLINE = ("tybalt", "mercutio"), ("juliet", "benvolio")
SENDERS = ("romeo", "paris")


class Sender(threading.Thread):
    """Sends numbered messages to everybody until the server is gone; remembers what was acknowledged."""

    def __init__(self, server, user, round_number, recipients=OFFLINE + ONLINE):
        super().__init__(daemon=True)
        self.user, self.recipients, self.prefix = user, recipients, f"{user}-{round_number}"
        self.sent, self.failed, self.ending = [], set(), threading.Event()
        self.connect(server, f"s{round_number}")

    def connect(self, server, resource):
        self.acknowledged = 0
        self.wire = login(server, self.user, resource, presence=False)
        self.wire.send("<enable xmlns='urn:xmpp:sm:3'/>")
        self.wire.until(lambda element: element.tag.endswith("}enabled"))

    def run(self):
        try:
            for number in range(1_000_000):
                if self.ending.is_set():
                    return
                burst = ""
                for to in self.recipients:
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

    def finish(self):
        """Waits for the acknowledgement of the rest."""
        self.wire.send("<r xmlns='urn:xmpp:sm:3'/>")
        while self.acknowledged < len(self.sent):
            self.take()

    def send_again(self, server, resource):
        """What was not acknowledged, under the same ids, as clients do; returns it."""
        again = self.sent[self.acknowledged:]
        self.sent = again
        self.connect(server, resource)
        self.wire.send("".join(chat(f"{to}@localhost", text, text) for to, text in again))
        self.finish()
        self.wire.close()
        return [(to, text) for to, text in again if text not in self.failed]


class Reader(threading.Thread):
    """An online recipient: remembers what it gets."""

    def __init__(self, server, user, round_number):
        super().__init__(daemon=True)
        self.user, self.got = user, []
        self.wire = login(server, user, f"r{round_number}", presence=False)
        self.wire.send("<presence/>")

    def run(self):
        try:
            while True:
                element = self.wire.next(60)
                text = kit.body(element)
                if text is not None:
                    assert element.get("id") == text
                    self.got.append(text)
        except (kit.Closed, OSError, ValueError):
            pass


class Wanderer(threading.Thread):
    """A recipient with XEP-0198 that loses its connection again and again, in the middle of what comes; until `expected`
    is set: then it takes the rest."""

    def __init__(self, server, user, chance):
        super().__init__(daemon=True)
        self.server, self.user, self.chance = server, user, chance
        self.got, self.known, self.again = [], set(), []  # what came; what the server knows of; what came in spite of that
        self.expected, self.failure, self.streams, self.coming = None, None, 0, threading.Condition()

    def run(self):
        try:
            while not self.live():
                pass
        except Exception as failure:
            with self.coming:
                self.failure = failure
                self.coming.notify_all()

    def came(self, times):
        """Waits until it has come that often, however slow the machine is."""
        with self.coming:
            if not self.coming.wait_for(lambda: self.streams >= times or self.failure, kit.PATIENCE):
                raise AssertionError(f"it has come {self.streams} times only")

    def live(self):
        """One connection. True when everything that is expected has come, and nothing else with it."""
        wire = login(self.server, self.user, "wanderer", presence=False)
        with self.coming:
            self.streams += 1
            self.coming.notify_all()
        wire.send("<enable xmlns='urn:xmpp:sm:3'/>")
        wire.until(lambda element: element.tag.endswith("}enabled"))
        wire.send("<presence/>")
        handled, mine, told, last = 0, [], None, False
        patience = self.chance.randrange(20, 400)
        while self.expected is not None or len(mine) < patience:
            element = wire.next()
            if not element.tag.startswith(f"{{{kit.CLIENT}}}"):
                continue
            handled += 1
            text = kit.body(element)
            if text is not None:
                assert element.get("id") == text
                if text in self.known:
                    self.again.append(text)
                self.got.append(text)
                mine.append(text)
            if element.get("id") == "known":  # the server has had the acknowledgement before this query
                self.known.update(mine[:told])
                told = None
                if last:
                    wire.close()
                    return True
                last = self.expected is not None and self.expected <= set(self.got)
            if told is None:
                told = len(mine)
                wire.send(f"<a xmlns='urn:xmpp:sm:3' h='{handled}'/>"
                          "<iq type='get' id='known' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>")
        wire.close()
        return False


class Killed(unittest.TestCase):
    rounds, seed = 3, None

    def setUp(self):
        self.archives = {}

    def start(self):
        server = kit.Server(host='<offline limit="10000000"/>', log="warn, server=info").start()
        self.addCleanup(server.remove)
        return server

    def test_acknowledged_messages_arrive_exactly_once(self):
        chance = random.Random(self.seed)
        server = self.start()
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
        kept = [one for sender in senders for one in sender.kept()]
        again = [one for sender in senders for one in sender.send_again(server, f"a{number}")]
        for reader in readers:
            fetched = self.fetch(server, reader.user, kept + again, reader.got)
            self.check(reader.user, reader.got + fetched, kept, again)
            self.check(reader.user, self.archived(server, reader.user), kept, again)
        for user in OFFLINE:
            texts = self.fetch(server, user, kept + again)
            self.check(user, texts, kept, again)
            self.check(user, self.archived(server, user), kept, again)
            first = list(dict.fromkeys(texts))
            for sender in senders:
                numbers = [int(text.rsplit("-", 1)[1]) for text in first if text.startswith(sender.prefix + "-")]
                self.assertEqual(numbers, sorted(numbers))
        for sender in senders:
            texts = collections.Counter(self.archived(server, sender.user))
            missing = [text for to, text in kept + again if text.startswith(sender.prefix + "-") and text not in texts]
            self.assertFalse(missing, f"the archive of {sender.user} has lost {len(missing)} messages")
            double = [text for to, text in kept if texts[text] > 1]
            self.assertFalse(double, f"the archive of {sender.user} has {len(double)} messages too often")
        return len(kept)

    def archived(self, server, user):
        """What has come into the user's archive since this was asked the last time."""
        wire = login(server, user, "archive", presence=False)
        texts = []
        while True:
            after = self.archives.get(user)
            wire.send(f"<iq type='set' id='page'><query xmlns='{MAM}'><set xmlns='{RSM}'><max>1000</max>"
                      + (f"<after>{after}</after>" if after else "") + "</set></query></iq>")
            while (element := wire.next()).get("id") != "page":
                texts += [body.text for body in element.iter(f"{{{kit.CLIENT}}}body")]
            fin = element.find(f"{{{MAM}}}fin")
            self.archives[user] = fin.findtext(f".//{{{RSM}}}last") or after
            if fin.get("complete") == "true":
                wire.close()
                return texts

    def check(self, user, texts, kept, again):
        times = collections.Counter(texts)
        kept, again = ({text for to, text in messages if to == user} for messages in (kept, again))
        lost = (kept | again) - set(times)
        self.assertFalse(lost, f"{user} lost {len(lost)} acknowledged messages")
        double = [text for text, count in times.items() if count > (2 if text in again else 1)]
        self.assertFalse(double, f"{user} got {len(double)} messages too often")
        self.assertFalse(set(times) - kept - again, f"{user} got what nobody sent")

    def test_a_recipient_that_comes_and_goes(self):
        server = self.start()
        kit.register(server, "rosaline", *SENDERS)
        wanderer = Wanderer(server, "rosaline", random.Random(self.seed))
        senders = [Sender(server, user, "w", ("rosaline",)) for user in SENDERS]
        for thread in [wanderer, *senders]:
            thread.start()
        threading.Event().wait(0.5 * self.rounds)
        wanderer.came(3)
        for sender in senders:
            sender.ending.set()
            sender.join(kit.PATIENCE)
            self.assertFalse(sender.is_alive())
            sender.finish()
            sender.wire.close()
        kept = {text for sender in senders for to, text in sender.kept()}
        wanderer.expected = kept
        wanderer.join(3 * kit.PATIENCE)
        self.assertIsNone(wanderer.failure)
        self.assertFalse(wanderer.is_alive())
        self.assertEqual(set(wanderer.got), kept)
        self.assertFalse(wanderer.again, f"{len(wanderer.again)} came again although the server knew of them")
        double = len(wanderer.got) - len(kept)
        print(f"{len(kept)} messages over {wanderer.streams} connections, {double} came again")

    def fetch(self, server, user, kept, got=()):
        """What was kept for a user, acknowledged, so that it is gone afterwards. What is missing is waited for, as long as
        tests wait; what comes beyond it has come by the second answer to a ping."""
        missing = {text for to, text in kept if to == user} - set(got)
        wire = login(server, user, "fetch", presence=False)
        wire.send("<enable xmlns='urn:xmpp:sm:3'/><presence/>")
        texts, counting, handled, pings = [], False, 0, 0
        while pings < 3:
            if not missing and pings == 0:
                pings = self.send_ping(wire, handled)
            try:
                element = wire.next()
            except TimeoutError:
                break  # the caller says what is missing
            if element.tag.endswith("}enabled"):
                counting = True
                continue
            if element.tag.startswith(f"{{{kit.CLIENT}}}") and counting:
                handled += 1
            if element.tag.endswith("}r"):
                wire.send(f"<a xmlns='urn:xmpp:sm:3' h='{handled}'/>")
            if element.get("id") == "fetched":
                pings += self.send_ping(wire, handled)
            text = kit.body(element)
            if text is not None:
                self.assertIsNotNone(element.find(f"{{{kit.DELAY}}}delay"), text)
                self.assertEqual(element.get("id"), text)
                texts.append(text)
                missing.discard(text)
        wire.send(f"<a xmlns='urn:xmpp:sm:3' h='{handled}'/>")
        kit.ping(wire)
        wire.send("</stream:stream>")
        wire.end()
        wire.close()
        return texts

    def send_ping(self, wire, handled):
        wire.send(f"<a xmlns='urn:xmpp:sm:3' h='{handled}'/>"
                  "<iq type='get' id='fetched' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>")
        return 1


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=int(os.environ.get("EPODE_KILL_ROUNDS", 3)))
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    given, rest = arguments.parse_known_args()
    Killed.rounds, Killed.seed = given.rounds, given.seed
    print(f"seed {given.seed}")
    sys.argv[1:] = rest
    kit.main()
