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
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import kit

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"  # Debian's, which has the bindings that Debian packages


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


def wait(done, complaint, patience=None):
    """Calls `done` until it returns something true, which it returns."""
    deadline = time.monotonic() + (patience or kit.PATIENCE)
    while True:
        result = done()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(complaint() if callable(complaint) else complaint)
        time.sleep(0.2)


class Desktop:
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

    def shows(self, pattern, patience=None):
        return wait(lambda: re.search(pattern, self.text(), re.MULTILINE),
                    lambda: f"no window ever showed {pattern!r}:\n{self.text()}", patience)

    def press(self, role, name):
        """Activates the widget of that role whose name matches, as soon as there is one."""
        wait(lambda: self.run(PYTHON, os.path.join(HERE, "accessible.py"), "press", role, name, check=False),
             lambda: f"no {role} {name!r} to press:\n{self.text()}")

    def keys(self, *names):
        self.run("xdotool", "key", "--clearmodifiers", *names)

    def type(self, text):
        self.run("xdotool", "type", "--delay", "20", text)

    def picture(self, file):
        """For people who look into a failure."""
        if shutil.which("import"):
            subprocess.run(["import", "-display", self.environment["DISPLAY"], "-window", "root", file], timeout=20)

    def kill(self, process):
        """kill -9, as a crash of the program; with what it started."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait(kit.PATIENCE)

    def close(self):
        for process in reversed(self.processes):
            self.kill(process)
            if process.stdout:
                process.stdout.close()
