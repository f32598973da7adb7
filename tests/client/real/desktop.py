# SPDX-License-Identifier: MIT
"""A desktop for one person: an X server, a session bus and a home folder of its own, in which a graphical client runs.
What windows show is read through the accessibility bus (accessible.py), as a screen reader would read it."""
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys

from case import unanswered
from screen import Screen, kit, wait

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"  # Debian's, which has the bindings that Debian packages
PICTURES = os.environ.get("EPODE_TEST_PICTURES")  # a folder: the last that each desktop showed, for people


def missing(*programs):
    """What has to be installed before a test can run, as a sentence; empty when all is there."""
    for program in ("Xvfb", "openbox", "xdotool", "dbus-daemon", "gdbus", "setpriv", *programs):
        if not shutil.which(program):
            return f"{program} is not installed"
    bindings = "import gi; gi.require_version('Atspi', '2.0'); from gi.repository import Atspi"
    if subprocess.run([PYTHON, "-c", bindings], capture_output=True).returncode != 0:
        return "gir1.2-atspi-2.0 is not installed"
    return ""


def skip_unless(*programs):
    reason = missing(*programs)
    if reason:
        print(f"skipped: {reason}")
        sys.exit(kit.SKIPPED)


class Desktop(Screen):
    """Clients refuse to run as root, so a root's tests run them as `nobody`. Every process is ended by `close`."""

    def __init__(self, home, width=1100, height=800):
        os.makedirs(home, exist_ok=True)
        self.home, self.processes = home, []
        self.runtime = os.path.join(home, "runtime")
        os.makedirs(self.runtime, mode=0o700, exist_ok=True)
        self.own()
        self.environment = {"HOME": home, "XDG_RUNTIME_DIR": self.runtime, "PATH": os.environ["PATH"], "LANG": "C.UTF-8",
                            "GTK_A11Y": "atspi", "QT_ACCESSIBILITY": "1", "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
                            "GDK_BACKEND": "x11", "GSK_RENDERER": "cairo", "LIBGL_ALWAYS_SOFTWARE": "1",
                            "GSETTINGS_BACKEND": "memory", "NO_COLOR": "1"}
        reader, writer = os.pipe()
        self.start(["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"],
                   pass_fds=(writer,))
        os.close(writer)
        with os.fdopen(reader) as number:
            self.environment["DISPLAY"] = ":" + number.readline().strip()
        bus = self.start(["dbus-daemon", "--session", "--print-address=1", "--nofork", "--nopidfile"], output=True)
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().decode().strip()
        self.start(["openbox"])
        self.run("gdbus", "call", "--session", "--dest", "org.a11y.Bus", "--object-path", "/org/a11y/bus", "--method",
                 "org.freedesktop.DBus.Properties.Set", "org.a11y.Status", "IsEnabled", "<true>")
        self.text()  # the accessibility bus is there before the client is: Qt looks once

    def own(self):
        """Gives the home to whom the clients run as."""
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            for folder, _, files in os.walk(self.home):
                for name in (folder, *(os.path.join(folder, file) for file in files)):
                    os.lchown(name, nobody.pw_uid, nobody.pw_gid)

    def as_user(self, command):
        if os.getuid() != 0:
            return command
        nobody = pwd.getpwnam("nobody")
        return ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups",
                "--pdeathsig=KILL", *command]  # a change of user forgets the one that was set

    def start(self, command, log=None, output=False, **options):
        """A process that ends with the desktop."""
        def before_exec():
            os.setsid()
            kit.die_with_parent()

        to = subprocess.PIPE if output else open(log, "ab") if log else subprocess.DEVNULL
        process = subprocess.Popen(self.as_user(command), env=self.environment, cwd=self.home, stdin=subprocess.DEVNULL,
                                   stdout=to, stderr=subprocess.STDOUT if log else subprocess.DEVNULL,
                                   preexec_fn=before_exec, **options)
        if log:
            to.close()
        self.processes.append(process)
        return process

    def run(self, *command, check=True, patience=None):
        return subprocess.run(self.as_user(list(command)), env=self.environment, cwd=self.home, check=check, text=True,
                              capture_output=True, timeout=patience or kit.PATIENCE).stdout

    # ---- Reading and acting -------------------------------------------------------------------------------------------

    def text(self):
        """All that windows show, a line per widget: role, a tab, its text."""
        return self.run(PYTHON, os.path.join(HERE, "accessible.py"), check=False, patience=3 * kit.PATIENCE)

    def press(self, role, name):
        """Activates the widget of that role whose name matches, as soon as there is one."""
        wait(lambda: self.run(PYTHON, os.path.join(HERE, "accessible.py"), "press", role, name, check=False),
             lambda: f"no {role} {name!r} to press:\n{self.text()}")

    def keys(self, *names):
        self.run("xdotool", "key", "--clearmodifiers", *names)

    def type(self, text):
        self.run("xdotool", "type", "--delay", "20", text)

    def picture(self, file):
        subprocess.run(["import", "-display", self.environment["DISPLAY"], "-window", "root", file], timeout=kit.PATIENCE)

    def kill(self, process):
        """kill -9, as a crash of the program; with what it started."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait(kit.PATIENCE)

    def close(self):
        if PICTURES and shutil.which("import"):
            self.picture(os.path.join(PICTURES, f"{os.path.basename(self.home)}.png"))
        for process in reversed(self.processes):
            self.kill(process)
            if process.stdout:
                process.stdout.close()


class Client:
    """One person's client, on a desktop of its own. What it writes about itself goes to `log`."""

    def __init__(self, test, name, *command):
        self.desktop = Desktop(test.home())
        test.addCleanup(self.desktop.close)
        self.name, self.jid, self.command = name, f"{name}@localhost", command
        self.home, self.shows, self.press = self.desktop.home, self.desktop.shows, self.desktop.press
        self.log = os.path.join(self.home, "log")

    def start(self):
        self.process = self.desktop.start(list(self.command), log=self.log)
        return self

    def kill(self):
        self.desktop.kill(self.process)

    def logs_in(self, again=False):
        """Answers what it asks after `start`."""

    def says(self, to, text):
        """Into the conversation that has the keyboard."""
        self.desktop.type(text)
        self.desktop.keys("Return")

    def opens_room(self, jid):
        """Makes the room what is shown."""

    def says_in_room(self, jid, text):
        self.says(jid, text)

    def reads(self, sender, text):
        self.shows(text)

    def xml(self):
        """What went to the server and came, with more or less around it."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def unanswered(self):
        return unanswered(self.xml())
