# SPDX-License-Identifier: MIT
"""A disk that is full, or takes no more of this process, or data at their limit: the server goes on, says
resource-constraint to whoever wants something kept, still delivers to who is there, loses nothing that it acknowledged,
and keeps things again once there is room."""
import os
import resource
import subprocess
import unittest

import kit
from kit import chat, login

OFFLINE = "http://jabber.org/protocol/offline"


class Disk(unittest.TestCase):
    def begin(self):
        self.server.start()
        self.addCleanup(self.server.remove)
        kit.register(self.server, "romeo", "juliet", "tybalt")
        self.romeo_again()
        self.juliet = login(self.server, "juliet")
        self.kept = []

    def romeo_again(self):
        self.romeo = login(self.server, "romeo")
        self.romeo.send("<enable xmlns='urn:xmpp:sm:3'/>")
        self.romeo.until(lambda element: element.tag.endswith("}enabled"))
        self.sent = 0

    def write(self, text, size=0):
        """Tybalt is away. The condition with which it is refused, or None when it is kept."""
        self.romeo.send(chat("tybalt@localhost", text + "x" * size, text) + "<r xmlns='urn:xmpp:sm:3'/>")
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
            self.kept.append(text + "x" * size)
        return condition

    def fill_and_free(self, fill, free, reason):
        self.begin()
        self.assertIsNone(self.write("before"))
        fill()
        refused = [self.write(f"full-{number}") for number in range(20)]
        # Pages that are in use already may take a little more.
        self.assertEqual(refused[-1], "resource-constraint", refused)
        self.server.wait_for_line("nothing more can be kept.*" + reason)
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
        tybalt.send(f"<iq type='get' id='all'><offline xmlns='{OFFLINE}'><fetch/></offline></iq>")
        found = []
        while True:
            element = tybalt.next()
            if element.get("id") == "all":
                break
            found.append(kit.body(element))
        tybalt.close()
        self.assertEqual(found, self.kept)

    def test_a_limit_of_the_data(self):
        """Removing makes room again, and so does a greater limit."""
        self.server = kit.Server(epode='data-limit="3MiB"')

        def fill():
            kit.register(self.server, "mercutio")
            self.romeo.send("".join(chat("mercutio@localhost", "x" * 20_000) for _ in range(10)))
            self.sent += 10
            self.fill_up()

        def free():
            mercutio = login(self.server, "mercutio", presence=False)
            self.assertEqual(mercutio.query(f"<offline xmlns='{OFFLINE}'><purge/></offline>", "set").get("type"), "result")
            mercutio.close()

        self.fill_and_free(fill, free, "the data-limit of <epode> is reached")
        self.assertGreater(len(self.kept), 5)

        self.server.start()
        self.romeo_again()
        self.fill_up()
        self.assertEqual(self.server.stop(), 0, self.server.log())
        self.server.start()  # as full as it is
        self.romeo_again()
        self.assertEqual(self.write("still full", 20_000), "resource-constraint")
        self.check_kept()
        self.assertEqual(self.server.stop(), 0, self.server.log())
        with open(self.server.config) as file:
            config = file.read()
        with open(self.server.config, "w") as file:
            file.write(config.replace("3MiB", "100MiB"))
        self.server.start()
        self.romeo_again()
        self.assertIsNone(self.write("with room", 20_000))
        self.check_kept()

    def fill_up(self):
        """The smaller a message, the longer it still fits."""
        for size in (20_000, 1_000, 0):
            while self.write(f"fill-{size}-{len(self.kept)}", size) is None:
                pass

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

        self.fill_and_free(fill, free, "ulimit -f")

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
        self.fill_and_free(self.fill_disk(ballast, 8 << 20), lambda: os.unlink(ballast), "make room on it")

    def test_a_disk_that_is_full(self):
        ballast = self.small_disk()
        self.fill_and_free(self.fill_disk(ballast, 0), lambda: os.unlink(ballast), "make room on it")


if __name__ == "__main__":
    kit.main()
