# SPDX-License-Identifier: MIT
"""Reads what windows show through the accessibility bus, or presses a widget. A process of its own, because the library
knows one bus for ever.

  accessible.py                    a line per widget that is showing: role, a tab, its text
  accessible.py press ROLE NAME    activates the first widget of the role whose name matches the expression; says so
"""
import re
import sys

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib


def widgets(node, depth=0):
    if node is None or depth > 40:
        return
    yield node
    try:
        # Tables and lists of thousands of cells say nothing more than their first ones.
        children = [node.get_child_at_index(index) for index in range(min(node.get_child_count(), 300))]
    except GLib.Error:
        return
    for child in children:
        yield from widgets(child, depth + 1)


def said(node):
    name = node.get_name() or ""
    text = node.get_text_iface() if hasattr(node, "get_text_iface") else None
    if text is not None:
        name = Atspi.Text.get_text(text, 0, -1) or name
    return " ".join(name.split())


def all_widgets():
    desktop = Atspi.get_desktop(0)
    for index in range(desktop.get_child_count()):
        yield from widgets(desktop.get_child_at_index(index))


def press(role, name):
    for node in all_widgets():
        try:
            if node.get_role_name() == role and re.search(name, said(node)) \
                    and all(map(node.get_state_set().contains, (Atspi.StateType.VISIBLE, Atspi.StateType.SENSITIVE))):
                if node.get_action_iface().do_action(0):
                    print("pressed")
                    return
        except (GLib.Error, AttributeError):
            continue


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "press":
        press(*sys.argv[2:])
        return
    for node in all_widgets():
        try:
            if node.get_state_set().contains(Atspi.StateType.VISIBLE):
                line = said(node)
                if line:
                    print(f"{node.get_role_name()}\t{line}")
        except GLib.Error:
            continue


if __name__ == "__main__":
    main()
