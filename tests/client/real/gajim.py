# SPDX-License-Identifier: MIT
"""Gajim for tests: its settings written beforehand, driven over its own D-Bus interface and its windows."""
import json
import os
import re
import shutil
import sqlite3

from desktop import Client, kit, wait

OBJECT = "/org/gajim/Gajim"


class Gajim(Client):
    """Its certificate store has the server's certificate: after its question Gajim 1.7 forgets the host and the port that
    it was told."""
    resource = "gajim"

    def __init__(self, test, name, trusting=True):
        super().__init__(test, name)
        self.config = os.path.join(self.home, "config")
        self.command = ("gajim", "--config-path", self.config, "--separate", "--verbose")
        self.write_settings(test.server.ports["starttls"])
        if trusting:
            os.makedirs(os.path.join(self.config, "cert_store"))
            shutil.copy(test.server.certificate(), os.path.join(self.config, "cert_store", "localhost"))
        self.desktop.own()

    def write_settings(self, port):
        app = {"remote_control": True, "use_keyring": False, "check_for_update": False, "notification_preview_message": False}
        account = {"name": self.name, "hostname": "localhost", "account_label": self.jid, "resource": self.resource,
                   "use_custom_host": True, "custom_host": "localhost", "custom_port": port, "custom_type": "START TLS",
                   "password": kit.PASSWORD, "active": True}
        workspace = {"one": {"name": "One", "icon": "", "color": "", "chats": []}}
        rows = {"app": app, "soundevents": {}, "status_presets": {}, "proxies": {}, "plugins": {}, "workspaces": workspace}
        os.makedirs(self.config)
        database = sqlite3.connect(os.path.join(self.config, "settings.sqlite"))
        database.executescript("CREATE TABLE settings (name TEXT UNIQUE, settings TEXT);"
                               "CREATE TABLE account_settings (account TEXT UNIQUE, settings TEXT);"
                               "PRAGMA user_version=5;")
        database.executemany("INSERT INTO settings VALUES (?, ?)", [(name, json.dumps(row)) for name, row in rows.items()])
        database.execute("INSERT INTO account_settings VALUES (?, ?)",
                         (self.name, json.dumps({"account": account, "contact": {}, "group_chat": {}})))
        database.commit()
        database.close()

    # ---- What a person does -------------------------------------------------------------------------------------------

    def call(self, path, method, *arguments):
        return self.desktop.run("gdbus", "call", "--session", "--dest", "org.gajim.Gajim", "--object-path", path,
                                "--method", method, *arguments, check=False)

    def action(self, name, parameter, path=OBJECT):
        """What a menu item or a shortcut does; as soon as the window has it."""
        wait(lambda: f"'{name}'" in self.call(path, "org.gtk.Actions.List"), f"Gajim has no action {name}")
        self.call(path, "org.gtk.Actions.Activate", name, f"[{parameter}]", "{}")

    def remote(self, method, *arguments):
        return self.call("/org/gajim/dbus/RemoteObject", "org.gajim.dbus.RemoteInterface." + method, *arguments)

    def logs_in(self, again=False):
        wait(lambda: "'online'" in self.remote("get_status", self.name), lambda: "Gajim is not online\n" + self.desktop.text())

    def add_contact(self, jid):
        self.action("add-contact", f"<'{jid}'>")
        self.confirm_contact()

    def confirm_contact(self):
        self.shows("Please enter an XMPP address")
        self.press("push button", "^Next$")
        self.shows("Share Status")
        self.press("push button", "^Add Contact$")

    def accept(self, jid):
        """Answers the request that is shown on the account's page, and asks in turn."""
        self.open_event("subscription-request", jid)
        self.shows(jid.split("@")[0])
        self.action(f"subscription-accept-{self.name}", f"<['{jid}', '']>", OBJECT + "/window/1")
        self.confirm_contact()

    def open_event(self, kind, jid):
        """As a click on its notification."""
        self.action(f"{self.name}-open-event", f"<{{'account': <'{self.name}'>, 'type': <'{kind}'>, 'sub_type': <''>, "
                    f"'jid': <'{jid}'>}}>")

    def reads(self, jid, text):
        """Waits until the chat shows the text."""
        def shown():
            self.open_event("incoming-message", jid)
            return re.search(text, self.desktop.text())
        wait(shown, lambda: f"Gajim never showed {text!r}:\n{self.desktop.text()}")

    def contacts(self):
        return self.remote("list_contacts", self.name)

    def says(self, to, text):
        self.remote("send_chat_message", to, text, self.name)

    def opens_room(self, jid):
        self.open_event("incoming-message", jid)

    def says_in_room(self, jid, text):
        self.remote("send_groupchat_message", jid, text, self.name)

    def sees(self, jid, show, status=None):
        wait(lambda: f"'show': <'{show}'>" in self.contacts(), self.contacts)

    def goes_away(self):
        self.remote("change_status", "away", "by the well", self.name)
        return True
