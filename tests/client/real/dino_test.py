# SPDX-License-Identifier: MIT
"""Dino against the real server. It knows no port but 5222 and trusts what the system trusts, so all happens in a network
of the test's own."""
import os
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import desktop
import kit
import own_network
from case import Case

desktop.skip_unless("dino-im")
own_network.enter()


class Dino:
    """One person's client. Its account is written into its database, which it makes at a first start without one."""

    def __init__(self, test, name):
        self.desktop = desktop.Desktop(test.home())
        test.addCleanup(self.desktop.close)
        self.name, self.jid = name, f"{name}@localhost"
        self.log = os.path.join(self.desktop.home, "dino.log")
        self.shows, self.press = self.desktop.shows, self.desktop.press
        self.start()
        self.shows("Welcome to Dino")
        self.kill()
        self.add_account()
        self.start()

    def add_account(self):
        database = sqlite3.connect(os.path.join(self.desktop.home, ".local/share/dino/dino.db"))
        database.execute("INSERT INTO account (bare_jid, resourcepart, password, alias, enabled, roster_version,"
                         " mam_earliest_synced) VALUES (?, 'dino', ?, '', 1, '', 0)", (self.jid, kit.PASSWORD))
        database.commit()
        database.close()
        self.desktop.own()

    def start(self):
        self.process = self.desktop.start(["dino-im", "--print-xmpp=all"], log=self.log)

    def kill(self):
        self.desktop.kill(self.process)

    def action(self, name, parameter):
        self.desktop.run("gdbus", "call", "--session", "--dest", "im.dino.Dino", "--object-path", "/im/dino/Dino",
                         "--method", "org.gtk.Actions.Activate", name, f"[{parameter}]", "{}")

    def accept(self):
        """The first conversation's request; Dino asks in turn."""
        self.shows("would like to add you to their contact list")
        self.action("accept-subscription", "<1>")

    def says(self, text):
        """Into the conversation that is open."""
        self.desktop.type(text)
        self.desktop.keys("Return")


class Chat(Case):
    ports = (5222, 5223)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        own_network.trust(cls.server)

    def test_a_day(self):
        romeo, name = self.names("romeo", "juliet")
        juliet = Dino(self, name)
        wire = self.raw(romeo)
        self.server.wait_for_line(f"logged in.*{name}")

        # Subscriptions, both ways; with them, presence.
        wire.send(f"<presence to='{juliet.jid}' type='subscribe'/>")
        wire.send(kit.chat(juliet.jid, "good night"))
        juliet.shows("good night")
        juliet.accept()
        self.presences(wire, ("subscribed", "subscribe", None), name)
        wire.send(f"<presence to='{juliet.jid}' type='subscribed'/>")
        wire.until(lambda element: element.find(".//*[@subscription='both']") is not None)

        # Chat.
        juliet.says("parting is such sweet sorrow")
        self.message(wire, "parting is such sweet sorrow")

        # A second device.
        laptop = self.raw(name, "laptop", carbons=True)
        juliet.says("from Dino")
        self.carbon(laptop, "from Dino")
        laptop.send(kit.chat(f"{romeo}@localhost", "from the laptop"))
        juliet.shows("from the laptop")
        laptop.close()

        # A crash, a message meanwhile, and the return.
        juliet.kill()
        self.presence(wire, "unavailable", f"{name}@localhost/dino")
        wire.send(kit.chat(juliet.jid, "are you there?"))
        kit.ping(wire)
        juliet.start()
        juliet.shows("are you there\\?")
        self.presence(wire, None, f"{name}@localhost/dino")


if __name__ == "__main__":
    kit.main()
