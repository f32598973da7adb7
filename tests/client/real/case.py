# SPDX-License-Identifier: MIT
"""What the tests of real clients share: one server per class, accounts that nobody else uses, and raw clients for the
other side of a conversation."""
import os
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import kit

CARBONS = "{urn:xmpp:carbons:2}"


class Case(unittest.TestCase):
    ports = (0, 0)

    @classmethod
    def setUpClass(cls):
        cls.server = kit.Server(ports=cls.ports).start()
        cls.addClassCleanup(cls.server.remove)

    def home(self):
        folder = tempfile.mkdtemp(prefix="epode-real-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        return folder

    def names(self, *names):
        """New accounts of this test alone."""
        unique = [f"{name}{os.urandom(3).hex()}" for name in names]
        kit.register(self.server, *unique)
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
