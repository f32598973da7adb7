# SPDX-License-Identifier: MIT
"""Dino against the real server. It knows no port but 5222 and trusts what the system trusts, so all happens in a network
of the test's own."""
import os
import re
import sqlite3

import desktop
import own_network
from case import Day, kit

desktop.skip_unless("dino-im")
own_network.enter()


class Dino(desktop.Client):
    """Its account is written into its database, which it makes at a first start without one."""
    resource = "dino"

    def __init__(self, test, name):
        super().__init__(test, name, "dino-im", "--print-xmpp=all")
        self.start()
        self.shows("Welcome to Dino")
        self.kill()
        self.add_account()

    def add_account(self):
        database = sqlite3.connect(os.path.join(self.home, ".local/share/dino/dino.db"))
        database.execute("INSERT INTO account (bare_jid, resourcepart, password, alias, enabled, roster_version,"
                         " mam_earliest_synced) VALUES (?, ?, ?, '', 1, '', 0)", (self.jid, self.resource, kit.PASSWORD))
        database.commit()
        database.close()
        self.desktop.own()

    def action(self, name, parameter):
        self.desktop.run("gdbus", "call", "--session", "--dest", "im.dino.Dino", "--object-path", "/im/dino/Dino",
                         "--method", "org.gtk.Actions.Activate", name, f"[{parameter}]", "{}")

    def accept(self):
        """The first conversation's request; Dino asks in turn."""
        self.shows("would like to add you to their contact list")
        self.action("accept-subscription", "<1>")

    def xml(self):
        return re.sub(r"\{[^{}\s]*\}:", "", super().xml())

    def sees(self, jid, show, status):
        """Only in its log: its windows have no place for it, and no other status to choose."""
        desktop.wait(lambda: re.search(rf"<show>\s*{show}\s*</show>\s*<status>\s*{status}", self.xml()),
                     f"Dino got no presence {show}")

    def goes_away(self):
        return False


class Chat(Day):
    ports = (5222, 5223)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        own_network.trust(cls.server)

    def befriend(self, juliet, wire, romeo):
        wire.send(kit.chat(juliet.jid, "it is the east"))  # Dino asks inside of a conversation
        juliet.reads(romeo, "it is the east")
        super().befriend(juliet, wire, romeo)

    def test_a_day(self):
        self.assertEqual(self.day(Dino).unanswered(), [])

    def test_a_room(self):
        self.assertEqual(self.room(Dino).unanswered(), [])


if __name__ == "__main__":
    kit.main()
