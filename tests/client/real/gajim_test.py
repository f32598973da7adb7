# SPDX-License-Identifier: MIT
"""Gajim against the real server: what its windows say, and what a raw client on the other side gets."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import desktop
import kit
from case import Case

desktop.skip_unless("gajim")
from gajim import Gajim


class Chat(Case):
    def gajim(self, name):
        client = Gajim(self, name).start()
        client.logged_in()
        return client

    def befriend(self, client, wire, name):
        """Subscriptions both ways between Gajim and the raw client of `name`. Gajim approves in advance."""
        client.add_contact(f"{name}@localhost")
        self.presence(wire, "subscribe", client.name)
        wire.send(f"<presence to='{client.jid}' type='subscribed'/><presence to='{client.jid}' type='subscribe'/>")
        self.presence(wire, "subscribed", client.name)
        self.presence(wire, None, client.name)
        desktop.wait(lambda: "'show': <'online'>" in client.contacts(), client.contacts)

    def test_asks_about_the_certificate(self):
        """The one fault of it is that the server signed it itself."""
        name, = self.names("careful")
        client = Gajim(self, name, trusting=False).start()
        client.shows("The signing certificate authority is not known")
        client.shows("Add this certificate to the list of trusted")

    def test_a_day(self):
        romeo, name = self.names("romeo", "juliet")
        juliet, wire = self.gajim(name), self.raw(romeo)
        self.befriend(juliet, wire, romeo)

        # Chat, both ways.
        wire.send(kit.chat(juliet.jid, "good night"))
        juliet.reads(f"{romeo}@localhost", "good night")
        juliet.remote("send_chat_message", f"{romeo}@localhost", "parting is such sweet sorrow", name)
        self.message(wire, "parting is such sweet sorrow")

        # Presence, both ways.
        wire.send("<presence><show>dnd</show><status>climbing</status></presence>")
        desktop.wait(lambda: "'show': <'dnd'>" in juliet.contacts(), juliet.contacts)
        juliet.remote("change_status", "away", "by the well", name)
        away = self.presence(wire, None, name)
        self.assertEqual(away.findtext(f"{{{kit.CLIENT}}}show"), "away")

        # A second device.
        laptop = self.raw(name, "laptop", carbons=True)
        juliet.remote("send_chat_message", f"{romeo}@localhost", "from Gajim", name)
        self.carbon(laptop, "from Gajim")
        laptop.send(kit.chat(f"{romeo}@localhost", "from the laptop"))
        juliet.reads(f"{romeo}@localhost", "from the laptop")
        laptop.close()

        # A crash, a message meanwhile, and the return.
        juliet.desktop.kill(juliet.process)
        self.presence(wire, "unavailable", f"{name}@localhost/gajim")
        wire.send(kit.chat(juliet.jid, "are you there?"))
        kit.ping(wire)
        juliet.start()
        juliet.logged_in()
        juliet.reads(f"{romeo}@localhost", "are you there\\?")
        self.presence(wire, None, f"{name}@localhost/gajim")
        self.assertEqual(juliet.unanswered(), [])

    def test_two_of_them(self):
        romeo, juliet = (self.gajim(name) for name in self.names("romeo", "juliet"))
        romeo.add_contact(juliet.jid)
        juliet.accept(romeo.jid)
        for one in (romeo, juliet):
            desktop.wait(lambda: "'show': <'online'>" in one.contacts(), one.contacts)
        for sender, reader, text in ((romeo, juliet, "soft, what light"), (juliet, romeo, "ay me")):
            sender.remote("send_chat_message", reader.jid, text, sender.name)
            reader.reads(sender.jid, text)


if __name__ == "__main__":
    kit.main()
