# SPDX-License-Identifier: MIT
"""Psi against the real server: what its windows say, and what a raw client on the other side gets."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import desktop
import kit
from case import Case

desktop.skip_unless("psi")

ID = "{f0f68cb5-70df-4703-99cb-d01795db16e2}"
ACCOUNT = """<!DOCTYPE accounts>
<accounts xmlns="http://psi-im.org/options" version="1.5"><accounts><a0>
<enabled type="bool">true</enabled><auto type="bool">true</auto><reconn type="bool">true</reconn>
<name type="QString">localhost</name><id type="QString">{id}</id>
<jid type="QString">{jid}</jid><password type="QString">{password}</password>
<resource type="QString">psi</resource><automatic-resource type="bool">false</automatic-resource>
<use-host type="bool">true</use-host><host type="QString">127.0.0.1</host><port type="int">{port}</port>
<ssl type="QString">yes</ssl><allow-plain type="QString">over encryped</allow-plain>
<enable-sm type="bool">true</enable-sm><stun-host type="QString"></stun-host>
<last-status type="QString">online</last-status>
</a0></accounts><order type="QStringList"><item>{id}</item></order></accounts>
"""
OPTIONS = """<!DOCTYPE psi>
<psi version="1.5" xmlns="http://psi-im.org/options"><options>
<ui><tip><show type="bool">false</show></tip>
<chat><auto-popup type="bool">true</auto-popup></chat><message><auto-popup type="bool">true</auto-popup></message></ui>
</options></psi>
"""


class Psi:
    """One person's client, its account written beforehand. Whatever arrives opens its window."""

    def __init__(self, test, name):
        self.desktop = desktop.Desktop(test.home())
        test.addCleanup(self.desktop.close)
        self.name, self.jid = name, f"{name}@localhost"
        self.shows, self.press = self.desktop.shows, self.desktop.press
        profile = os.path.join(self.desktop.home, ".config/psi/profiles/default")
        os.makedirs(profile)
        os.makedirs(os.path.join(self.desktop.home, ".local/share/psi/profiles/default"))
        password = "".join(f"{ord(letter) ^ ord(key):04x}" for letter, key in zip(kit.PASSWORD, self.jid))
        with open(os.path.join(profile, "accounts.xml"), "w", encoding="utf-8") as file:
            file.write(ACCOUNT.format(id=ID, jid=self.jid, password=password, port=test.server.ports["starttls"]))
        with open(os.path.join(profile, "options.xml"), "w", encoding="utf-8") as file:
            file.write(OPTIONS)
        self.desktop.own()

    def start(self):
        self.process = self.desktop.start(["psi", "--profile=default"], log=os.path.join(self.desktop.home, "psi.log"))
        return self

    def trust_the_certificate(self):
        self.shows("Certificate is self-signed")
        self.press("push button", "^Trust this certificate$")

    def dismiss_user_info(self):
        """A new account has no vCard yet; Psi opens its form."""
        self.shows("User Info")
        self.press("push button", "^Close$")

    def says(self, text):
        """Into the window that has the keyboard."""
        self.desktop.type(text)
        self.desktop.keys("Return")


class Chat(Case):
    def test_a_day(self):
        romeo, name = self.names("romeo", "juliet")
        wire = self.raw(romeo)
        juliet = Psi(self, name).start()
        juliet.trust_the_certificate()
        self.server.wait_for_line(f"logged in.*{name}")
        juliet.dismiss_user_info()

        # Subscriptions, both ways; with them, presence.
        wire.send(f"<presence to='{juliet.jid}' type='subscribe'/>")
        juliet.shows("This user wants to subscribe to your presence")
        juliet.press("push button", "^Add/Auth$")
        self.presences(wire, ("subscribed", "subscribe", None), name)
        wire.send(f"<presence to='{juliet.jid}' type='subscribed'/>")
        wire.until(lambda element: element.find(".//*[@subscription='both']") is not None)

        # Chat.
        wire.send(kit.chat(juliet.jid, "good night"))
        juliet.shows("good night")
        juliet.says("parting is such sweet sorrow")
        self.message(wire, "parting is such sweet sorrow")

        # A second device.
        laptop = self.raw(name, "laptop", carbons=True)
        juliet.says("from Psi")
        self.carbon(laptop, "from Psi")
        laptop.send(kit.chat(f"{romeo}@localhost", "from the laptop"))
        juliet.shows("from the laptop")
        laptop.close()

        # A crash, a message meanwhile, and the return.
        juliet.desktop.kill(juliet.process)
        self.presence(wire, "unavailable", f"{name}@localhost/psi")
        wire.send(kit.chat(juliet.jid, "are you there?"))
        kit.ping(wire)
        juliet.start()
        juliet.shows("are you there\\?")
        self.presence(wire, None, f"{name}@localhost/psi")


if __name__ == "__main__":
    kit.main()
