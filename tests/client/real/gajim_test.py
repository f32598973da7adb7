# SPDX-License-Identifier: MIT
"""Gajim against the real server: what its windows say, and what a raw client on the other side gets."""
import desktop
from case import Day, kit

desktop.skip_unless("gajim")
from gajim import Gajim


class Chat(Day):
    def befriend(self, juliet, wire, romeo):
        """Gajim asks, and approves in advance."""
        juliet.add_contact(romeo)
        self.presence(wire, "subscribe", juliet.name)
        wire.send(f"<presence to='{juliet.jid}' type='subscribed'/><presence to='{juliet.jid}' type='subscribe'/>")
        self.presence(wire, "subscribed", juliet.name)
        self.presence(wire, None, juliet.name)
        juliet.sees(romeo, "online")

    def test_asks_about_the_certificate(self):
        """The one fault of it is that the server signed it itself."""
        name, = self.names("careful")
        client = Gajim(self, name, trusting=False).start()
        client.shows("The signing certificate authority is not known")
        client.shows("Add this certificate to the list of trusted")

    def test_a_day(self):
        self.assertEqual(self.day(Gajim).unanswered(), [])

    def test_a_room(self):
        self.assertEqual(self.room(Gajim).unanswered(), [])

    def test_two_of_them(self):
        romeo, juliet = (Gajim(self, name).start() for name in self.names("romeo", "juliet"))
        for one in (romeo, juliet):
            one.logs_in()
        romeo.add_contact(juliet.jid)
        juliet.accept(romeo.jid)
        for one, other in ((romeo, juliet), (juliet, romeo)):
            one.sees(other.jid, "online")
        for sender, reader, text in ((romeo, juliet, "soft, what light"), (juliet, romeo, "ay me")):
            sender.says(reader.jid, text)
            reader.reads(sender.jid, text)


if __name__ == "__main__":
    kit.main()
