# SPDX-License-Identifier: MIT
"""What the tests of real clients share: one server per class, accounts that nobody else uses, and raw clients for the
other side of a conversation."""
import os
import re
import shutil
import tempfile
import unittest

from screen import kit

CARBONS = "{urn:xmpp:carbons:2}"


def unanswered(log):
    """The ids of requests in a log of XML that got neither a result nor an error. Not of roster pushes: profanity and Dino
    never answer them."""
    kinds = {}
    for iq in re.findall(r"<iq\s[^>]*>", log):
        id, kind = (re.search(rf"\b{name}=[\"']([^\"']*)", iq) for name in ("id", "type"))
        kinds.setdefault(id.group(1), set()).add(kind.group(1))
    return [id for id, seen in kinds.items() if not id.startswith("push-") and not seen & {"result", "error"}]


class Case(unittest.TestCase):
    ports = (0, 0)

    @classmethod
    def setUpClass(cls):
        # Clients are ended by force here; others learn of it when they cannot resume any more.
        cls.server = kit.Server(ports=cls.ports, c2s='resume-timeout="1s"').start()
        cls.addClassCleanup(cls.server.remove)

    def home(self):
        folder = tempfile.mkdtemp(prefix=f"epode-real-{self.id().split('.')[-1]}-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        return folder

    def unique(self, *names):
        """Names of this test alone."""
        return [f"{name}{os.urandom(3).hex()}" for name in names]

    def names(self, *names, password=kit.PASSWORD):
        """New accounts of this test alone."""
        unique = self.unique(*names)
        kit.register(self.server, *unique, password=password)
        return unique

    def raw(self, name, resource="raw", carbons=False):
        wire = kit.login(self.server, name, resource)
        self.addCleanup(wire.close)
        wire.query("<query xmlns='jabber:iq:roster'/>")  # or it is not told of answers to its subscriptions
        if carbons:
            wire.query("<enable xmlns='urn:xmpp:carbons:2'/>", "set")
        return wire

    def presence(self, wire, kind, name):
        """The next presence of that type from an address that begins so."""
        return wire.until(lambda element: element.tag == f"{{{kit.CLIENT}}}presence" and element.get("type") == kind
                          and element.get("from").startswith(name))

    def presences(self, wire, kinds, name):
        """Presence of all these types, in any order."""
        missing = set(kinds)
        while missing:
            missing.discard(wire.until(lambda element: element.tag == f"{{{kit.CLIENT}}}presence"
                                       and element.get("from").startswith(name)).get("type"))

    def message(self, wire, text):
        return wire.until(lambda element: kit.body(element) == text)

    def carbon(self, wire, text):
        """The copy of what another device of this person sent."""
        return wire.until(lambda element: element.find(CARBONS + "sent") is not None
                          and element.findtext(f".//{{{kit.CLIENT}}}body") == text)


class Room:
    """A room of a raw client's that somebody else's client enters by itself, for it is among her bookmarks (XEP-0048 in
    XEP-0049). Something has been said in it before."""

    def __init__(self, test, wire, guest, before):
        self.test, self.wire = test, wire
        self.jid = f"{test.unique('orchard')[0]}@conference.localhost"
        wire.send(f"<presence to='{self.jid}/romeo'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
        wire.until(lambda element: element.tag == f"{{{kit.CLIENT}}}message" and element.find(f"{{{kit.CLIENT}}}subject") is not None)
        wire.query("<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query>",
                   "set", self.jid)
        self.says(before)
        guest.query("<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'>"
                    f"<conference jid='{self.jid}' name='The orchard' autojoin='true'><nick>juliet</nick></conference>"
                    "</storage></query>", "set")

    def says(self, text):
        self.wire.send(f"<message type='groupchat' to='{self.jid}'><body>{text}</body></message>")
        self.test.message(self.wire, text)

    def entered(self):
        """The guest is there."""
        self.test.presence(self.wire, None, f"{self.jid}/juliet")

    def left(self):
        self.test.presence(self.wire, "unavailable", f"{self.jid}/juliet")


class Day(Case):
    """What a person does in a day with her client; the other side is a raw one."""

    def befriend(self, juliet, wire, romeo):
        """Subscriptions both ways, and with them presence."""
        wire.send(f"<presence to='{juliet.jid}' type='subscribe'/>")
        juliet.accept()
        self.presences(wire, ("subscribed", "subscribe", None), juliet.name)
        wire.send(f"<presence to='{juliet.jid}' type='subscribed'/>")
        wire.until(lambda element: element.find(".//*[@subscription='both']") is not None)

    def day(self, client):
        name, other = self.names("juliet", "romeo")
        juliet, wire, romeo = client(self, name).start(), self.raw(other), f"{other}@localhost"
        juliet.logs_in()
        self.server.wait_for_line(f"logged in.*{name}")
        self.befriend(juliet, wire, romeo)

        # Chat, both ways.
        wire.send(kit.chat(juliet.jid, "good night"))
        juliet.reads(romeo, "good night")
        juliet.says(romeo, "parting is such sweet sorrow")
        self.message(wire, "parting is such sweet sorrow")

        # Presence, both ways.
        wire.send("<presence><show>dnd</show><status>climbing</status></presence>")
        juliet.sees(romeo, "dnd", "climbing")
        if juliet.goes_away():
            wire.until(lambda element: element.findtext(f"{{{kit.CLIENT}}}show") == "away")

        # A second device.
        laptop = self.raw(name, "laptop", carbons=True)
        juliet.says(romeo, "from the desk")
        self.carbon(laptop, "from the desk")
        laptop.send(kit.chat(romeo, "from the laptop"))
        juliet.reads(romeo, "from the laptop")
        laptop.close()

        # A crash, a message meanwhile, and the return.
        juliet.kill()
        self.presence(wire, "unavailable", f"{juliet.jid}/{juliet.resource}")
        wire.send(kit.chat(juliet.jid, "are you there?"))
        kit.ping(wire)
        juliet.start().logs_in(again=True)
        juliet.reads(romeo, "are you there\\?")
        self.presence(wire, None, f"{juliet.jid}/{juliet.resource}")
        return juliet

    def room(self, client):
        """A room with history from before the join, talk both ways, a crash and the return."""
        name, other = self.names("juliet", "romeo")
        desk = self.raw(name, "desk")
        room = Room(self, self.raw(other), desk, "but soft")
        desk.close()
        juliet = client(self, name).start()
        juliet.logs_in()
        room.entered()
        juliet.opens_room(room.jid)
        juliet.shows("but soft")
        room.says("what light")
        juliet.shows("what light")
        juliet.says_in_room(room.jid, "ay me")
        self.message(room.wire, "ay me")
        juliet.kill()
        room.left()
        room.says("she speaks")
        juliet.start().logs_in(again=True)
        room.entered()
        juliet.opens_room(room.jid)
        juliet.shows("she speaks")
        return juliet
