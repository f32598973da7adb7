# SPDX-License-Identifier: MIT
"""A terminal that a test can type into and read: a tmux server of its own, with nothing of the user's configuration."""
import os
import signal
import subprocess

from screen import Screen, kit, wait


class Terminal(Screen):
    """Runs `command` with `home` as its home folder until `close`. The tmux server dies with the test."""

    def __init__(self, home, *command, width=160, height=50):
        os.makedirs(home, exist_ok=True)
        self.tmux = ["tmux", "-N", "-S", os.path.join(home, "tmux"), "-f", "/dev/null"]
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("XDG_", "TMUX", "DBUS_"))}
        self.environment.update(HOME=home, TERM="screen", LANG="C.UTF-8", DBUS_SESSION_BUS_ADDRESS="disabled:")
        # In the foreground, so that it ends with the test; without -N, which forbids starting a server.
        self.server = subprocess.Popen(["tmux", "-D", *self.tmux[2:]], env=self.environment, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       preexec_fn=kit.die_with_parent)
        wait(lambda: self.run("set-option", "-g", "remain-on-exit", "on", check=False).returncode == 0,
                  "tmux did not start")
        self.run("new-session", "-d", "-x", str(width), "-y", str(height), *command)
        self.process = int(self.run("display-message", "-p", "#{pane_pid}").stdout)

    def run(self, *arguments, check=True):
        return subprocess.run([*self.tmux, *arguments], check=check, capture_output=True, text=True,
                              env=self.environment, timeout=kit.PATIENCE)

    def type(self, line):
        self.run("send-keys", "-l", line)
        self.run("send-keys", "Enter")

    def text(self):
        """What is on the screen."""
        return self.run("capture-pane", "-p").stdout

    def ended(self):
        return self.run("display-message", "-p", "#{pane_dead}").stdout.strip() == "1"

    def kill(self):
        """kill -9, as a crash of the program."""
        if not self.ended():
            os.kill(self.process, signal.SIGKILL)
            wait(self.ended, "the program did not end")

    def close(self):
        self.kill()
        self.server.terminate()
        self.server.wait(kit.PATIENCE)
