# SPDX-License-Identifier: MIT
"""What a terminal and a desktop have in common: somebody looks at it until it shows what he waits for."""
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import kit


def wait(done, complaint, patience=None):
    """Calls `done` until it returns something true, which it returns."""
    deadline = time.monotonic() + (patience or kit.PATIENCE)
    while True:
        result = done()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(complaint() if callable(complaint) else complaint)
        time.sleep(0.05)


class Screen:
    """`text` is what is to be seen on it."""

    def shows(self, pattern, patience=None):
        """Waits until a line of it matches; returns the match."""
        return wait(lambda: re.search(pattern, self.text(), re.MULTILINE),
                    lambda: f"{pattern!r} was never to be seen:\n{self.text()}", patience)
