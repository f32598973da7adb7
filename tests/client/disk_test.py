# SPDX-License-Identifier: MIT
"""A disk that is full, or takes no more of this process: the server goes on, says resource-constraint to whoever wants
something kept, still delivers to who is there, loses nothing that it acknowledged, and keeps things again once there is
room."""
import os
import resource
import subprocess
import unittest

import kit
from kit import chat, login


class Disk(unittest.TestCase):
    def begin(self):
        self.server.start()
        self.addCleanup(self.server.remove)
        kit.register(self.server, "romeo", "juliet", "tybalt")
        self.romeo, self.juliet = login(self.server, "romeo"), login(self.server, "juliet")
        self.romeo.send("<enable xmlns='urn:xmpp:sm:3'/>")
        self.romeo.until(lambda element: element.tag.endswith("}enabled"))
        self.kept, self.sent = [], 0

    def write(self, text):
        """Tybalt is away. The condition with which it is refused, or None when it is kept."""
        self.romeo.send(chat("tybalt@localhost", text, text) + "<r xmlns='urn:xmpp:sm:3'/>")
        self.sent += 1
        condition = None
        while True:
            element = self.romeo.next()
            if element.get("type") == "error" and element.get("id") == text:
                error = element.find(f"{{{kit.CLIENT}}}error")
                condition = error[0].tag.split("}")[1]
                self.assertEqual(error.get("type"), "wait")
            if element.tag.endswith("}a") and int(element.get("h")) >= self.sent:
                break
        if condition is None:
            self.kept.append(text)
        return condition

    def fill_and_free(self, fill, free):
        self.begin()
        self.assertIsNone(self.write("before"))
        fill()
        refused = [self.write(f"full-{number}") for number in range(20)]
        # Pages that are in use already may take a little more.
        self.assertEqual(refused[-1], "resource-constraint", refused)
        self.assertLessEqual(set(refused), {None, "resource-constraint"})
        answer = self.juliet.query("<query xmlns='jabber:iq:private'><much xmlns='urn:example:much'>"
                                   + "x" * 50_000 + "</much></query>", "set")
        self.assertEqual(answer.get("type"), "error")
        self.assertIsNotNone(answer.find(f".//{{{kit.STANZA_ERRORS}}}resource-constraint"))
        self.romeo.send(chat(self.juliet.jid, "you are there", "live"))
        self.sent += 1
        self.assertEqual(kit.read_bodies(self.juliet, 1), ["you are there"])
        again = login(self.server, "juliet", "again")  # logging in needs no disk
        again.close()
        self.assertTrue(self.server.alive(), self.server.log())
        free()
        self.assertIsNone(self.write("after"))
        self.check_kept()
        self.server.kill()
        self.server.start()
        self.check_kept()
        self.assertEqual(self.server.stop(), 0, self.server.log())

    def check_kept(self):
        """Looks without taking (XEP-0013)."""
        tybalt = login(self.server, "tybalt", presence=False)
        tybalt.send("<iq type='get' id='all'><offline xmlns='http://jabber.org/protocol/offline'><fetch/></offline></iq>")
        found = []
        while True:
            element = tybalt.next()
            if element.get("id") == "all":
                break
            found.append(kit.body(element))
        tybalt.close()
        self.assertEqual(found, self.kept)

    def test_a_process_that_may_write_no_more(self):
        self.server = kit.Server()
        path = os.path.join(self.server.folder, "data")

        def fill():
            largest = max(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(path)
                          for name in names)
            _, hard = resource.prlimit(self.server.process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(self.server.process.pid, resource.RLIMIT_FSIZE, (largest, hard))

        def free():
            _, hard = resource.prlimit(self.server.process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(self.server.process.pid, resource.RLIMIT_FSIZE, (hard, hard))

        self.fill_and_free(fill, free)

    def small_disk(self):
        self.server = kit.Server()
        data = os.path.join(self.server.folder, "data")
        os.mkdir(data, 0o700)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m,mode=700", "none", data], capture_output=True)
        if mounted.returncode != 0:
            os.rmdir(data)
            self.server.remove()
            self.skipTest("this user may not mount a disk of its own")
        # Cleanups run in reverse order: the server ends before.
        self.addCleanup(subprocess.run, ["umount", data], check=True)
        return os.path.join(data, "ballast")

    def fill_disk(self, ballast, leave):
        def fill():
            disk = os.statvfs(os.path.dirname(ballast))
            with open(ballast, "wb") as file:
                os.posix_fallocate(file.fileno(), 0, disk.f_bavail * disk.f_frsize - leave)

        return fill

    def test_a_disk_that_is_nearly_full(self):
        ballast = self.small_disk()
        self.fill_and_free(self.fill_disk(ballast, 8 << 20), lambda: os.unlink(ballast))

    def test_a_disk_that_is_full(self):
        ballast = self.small_disk()
        self.fill_and_free(self.fill_disk(ballast, 0), lambda: os.unlink(ballast))


if __name__ == "__main__":
    kit.main()
