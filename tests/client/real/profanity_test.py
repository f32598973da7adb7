# SPDX-License-Identifier: MIT
"""profanity against the real server, driven through a terminal as a person would and judged by what its screen says."""
import os
import shutil
import sys

from case import Case, kit, unanswered
from terminal import Terminal, wait

for needed in ("profanity", "tmux"):
    if not shutil.which(needed):
        print(f"skipped: {needed} is not installed")
        sys.exit(kit.SKIPPED)


class Profanity:
    """One person's client. Its home stays when it is started again."""

    def __init__(self, test, name, home=None):
        self.name, self.port, self.home = name, test.server.ports["starttls"], home or test.home()
        self.terminal = Terminal(self.home, "profanity", "-l", "DEBUG")
        test.addCleanup(self.terminal.close)
        self.shows, self.type, self.kill = self.terminal.shows, self.terminal.type, self.terminal.kill
        self.shows(r"Type '/help'")

    def register(self):
        self.type(f"/register {self.name} localhost port {self.port} tls trust")
        for prompt in ("Enter password:", "Confirm password:"):
            self.shows(prompt)
            self.type(kit.PASSWORD)
        self.shows("Registration successful")

    def connect(self, tls="trust"):
        self.type(f"/connect {self.name}@localhost server localhost port {self.port} tls {tls}")
        self.shows("Enter password:")
        self.type(kit.PASSWORD)

    def unanswered(self):
        with open(os.path.join(self.home, ".local/share/profanity/logs/profanity.log"), encoding="utf-8") as file:
            return unanswered(file.read())

    def quit(self):
        self.type("/quit")
        wait(self.terminal.ended, "profanity did not quit")


class Chat(Case):
    def person(self, name):
        """A client that is logged in."""
        client = Profanity(self, name)
        client.connect()
        client.shows("logged in successfully")
        return client

    def friends(self):
        """Two clients whose people see each other's presence."""
        romeo, juliet = (self.person(name) for name in self.names("romeo", "juliet"))
        for asking, asked in ((romeo, juliet), (juliet, romeo)):
            asking.type(f"/sub request {asked.name}@localhost")
            asked.shows(f"Received authorization request from {asking.name}@localhost")
            asked.type(f"/sub allow {asking.name}@localhost")
            asking.shows(f"Subscription received from {asked.name}@localhost")
            asking.shows(rf"\+\+ {asked.name}@localhost .* is online")
        return romeo, juliet

    def test_registers_then_connects(self):
        """In two runs: after /register, profanity 0.13 believes to be logged in as soon as a stream is open."""
        first = Profanity(self, *self.unique("new"))
        first.register()
        first.quit()
        again = Profanity(self, first.name, first.home)
        again.connect()
        again.shows(f"{first.name}@localhost/.* logged in successfully")

    def test_asks_about_the_certificate(self):
        name, = self.names("careful")
        client = Profanity(self, name)
        client.connect(tls="force")
        client.shows("TLS certificate verification failed")
        client.type("/tls allow")
        client.shows("logged in successfully")

    def test_wrong_password(self):
        name, = self.names("forgetful", password="another")
        client = Profanity(self, name)
        client.connect()
        client.shows("Login failed")

    def test_presence_and_chat(self):
        romeo, juliet = self.friends()
        romeo.type("/presence console all")
        romeo.shows("All presence updates will appear")
        juliet.type('/status set away "by the well"')
        romeo.shows(rf"\+\+ {juliet.name}@localhost .* is away.*by the well")
        romeo.type(f"/msg {juliet.name}@localhost good night")
        juliet.type("/win 2")
        juliet.shows(f"{romeo.name}@localhost.*: good night")
        juliet.type("parting is such sweet sorrow")
        romeo.shows("juliet.*: parting is such sweet sorrow")
        juliet.quit()
        romeo.type("/win 1")
        romeo.shows(f"-- {juliet.name}@localhost .* is offline")
        self.assertEqual(juliet.unanswered(), [])

    def test_second_device(self):
        """What one device sends and gets is seen on the other one, on profanity's screen and by a raw client."""
        romeo, juliet = self.friends()
        romeo.type("/carbons on")
        laptop = self.raw(romeo.name, "laptop", carbons=True)
        romeo.type(f"/msg {juliet.name}@localhost from the terminal")
        self.carbon(laptop, "from the terminal")
        laptop.send(kit.chat(f"{juliet.name}@localhost", "from the laptop"))
        romeo.shows("me: from the laptop")
        juliet.type("/win 2")
        juliet.shows(f"{romeo.name}@localhost.*: from the laptop")

    def test_a_room(self):
        """Made, accepted, entered by another one who sees what was said before; a subject, a kick."""
        romeo, juliet = (self.person(name) for name in self.names("romeo", "juliet"))
        room = self.unique("orchard")[0] + "@conference.localhost"
        romeo.type(f"/join {room} nick romeo")
        romeo.shows("Room locked")
        romeo.type("/room accept")
        romeo.shows("Room unlocked")
        romeo.type("But, soft!")
        romeo.shows("romeo: But, soft!")
        juliet.type(f"/join {room} nick juliet")
        juliet.shows("romeo: But, soft!")
        juliet.type("Ay me!")
        romeo.shows("juliet: Ay me!")
        romeo.type('/subject set "the moon"')
        juliet.shows("the moon")
        romeo.type("/kick juliet morning")
        juliet.shows("Kicked from .* by romeo, reason: morning")
        romeo.shows("juliet has been kicked|<- juliet .*kicked|kicked.*morning")
        for client in (romeo, juliet):
            self.assertEqual(client.unanswered(), [])

    def test_offline_message_and_a_crash(self):
        romeo, juliet = self.friends()
        juliet.kill()
        romeo.shows(f"-- {juliet.name}@localhost .* is offline")
        romeo.type(f"/msg {juliet.name}@localhost are you there?")
        kit.ping(self.raw(romeo.name))
        back = Profanity(self, juliet.name, juliet.home)
        back.connect()
        back.shows("logged in successfully")
        back.shows("<< chat message: " + romeo.name)
        back.type("/win 2")
        back.shows(f"{romeo.name}@localhost.*: are you there\\?")
        romeo.type("/win 1")
        romeo.shows(rf"\+\+ {juliet.name}@localhost .* is online")


if __name__ == "__main__":
    kit.main()
