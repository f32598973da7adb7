# SPDX-License-Identifier: MIT
"""Gajim for tests: its settings written beforehand, driven over its own D-Bus interface and its windows."""
import json
import os
import re
import shutil
import sqlite3

from desktop import Desktop, kit, wait

OBJECT = "/org/gajim/Gajim"


class Gajim:
    """One person's client on a desktop of its own. Started by `start`, as often as wanted. Its certificate store has the
    server's certificate: after its question Gajim 1.7 forgets the host and the port that it was told."""

    def __init__(self, test, name, trusting=True):
        self.desktop = Desktop(test.home())
        test.addCleanup(self.desktop.close)
        self.name, self.jid = name, f"{name}@localhost"
        self.config = os.path.join(self.desktop.home, "config")
        self.log = os.path.join(self.desktop.home, "gajim.log")
        self.shows, self.press = self.desktop.shows, self.desktop.press
        self.write_settings(test.server.ports["starttls"])
        if trusting:
            os.makedirs(os.path.join(self.config, "cert_store"))
            shutil.copy(test.server.certificate(), os.path.join(self.config, "cert_store", "localhost"))
        self.desktop.own()
        self.process = None

    def write_settings(self, port):
        app = {"remote_control": True, "use_keyring": False, "check_for_update": False, "notification_preview_message": False}
        account = {"name": self.name, "hostname": "localhost", "account_label": self.jid, "resource": "gajim",
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

    def start(self):
        self.process = self.desktop.start(["gajim", "--config-path", self.config, "--separate", "--verbose"], log=self.log)
        return self

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

    def logged_in(self):
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

    # ---- What its log says --------------------------------------------------------------------------------------------

    def unanswered(self):
        """The ids of requests, in either direction, that got neither a result nor an error."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            iqs = re.findall(r"<iq [^>]*>", file.read())
        kinds = {}
        for iq in iqs:
            id, kind = (re.search(rf"\b{name}=[\"']([^\"']*)", iq) for name in ("id", "type"))
            kinds.setdefault(id.group(1), set()).add(kind.group(1))
        return [id for id, seen in kinds.items() if not seen & {"result", "error"}]
