# SPDX-License-Identifier: MIT
"""Psi against the real server: what its windows say, and what a raw client on the other side gets."""
import os

import desktop
from case import Day, kit

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


class Psi(desktop.Client):
    """Its account is written beforehand. Whatever arrives opens its window."""
    resource = "psi"

    def __init__(self, test, name):
        super().__init__(test, name, "psi", "--profile=default")
        profile = os.path.join(self.home, ".config/psi/profiles/default")
        os.makedirs(profile)
        os.makedirs(os.path.join(self.home, ".local/share/psi/profiles/default"))
        password = "".join(f"{ord(letter) ^ ord(key):04x}" for letter, key in zip(kit.PASSWORD, self.jid))
        with open(os.path.join(profile, "accounts.xml"), "w", encoding="utf-8") as file:
            file.write(ACCOUNT.format(id=ID, jid=self.jid, password=password, port=test.server.ports["starttls"]))
        with open(os.path.join(profile, "options.xml"), "w", encoding="utf-8") as file:
            file.write(OPTIONS)
        self.desktop.own()

    def logs_in(self, again=False):
        """Trusts the certificate, again if a crash came before that was written down. An account without a vCard is
        shown its form; to close it a second time would be under a message."""
        asked = self.shows("Certificate is self-signed" + ("|User Info" if again else ""))
        if asked.group().startswith("Certificate"):
            self.press("push button", "^Trust this certificate$")
        if not again:
            self.shows("User Info")
            self.press("push button", "^Close$")

    def accept(self):
        self.shows("This user wants to subscribe to your presence")
        self.press("push button", "^Add/Auth$")

    def sees(self, jid, show, status):
        self.shows(f"{jid} is now .*{status}")

    def goes_away(self):
        self.desktop.run("gdbus", "call", "--session", "--dest", "org.psi-im.Psi", "--object-path", "/Main",
                         "--method", "org.psi_im.Psi.Main.setStatus", "away", "by the well")
        return True


class Chat(Day):
    def test_a_day(self):
        self.day(Psi)


if __name__ == "__main__":
    kit.main()
