# SPDX-License-Identifier: MIT
"""A network and a trust store of its own for a test: for clients that know neither a port but 5222 nor a question about a
certificate. Linux namespaces; nothing outside of the test is changed."""
import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys

from screen import kit

TRUSTED = "/etc/ssl/certs/ca-certificates.crt"


def enter():
    """Runs the program again inside, where port 5222 of localhost is free; skips where that is not allowed."""
    if os.environ.get("EPODE_OWN_NETWORK") != "yes":
        inside = ["unshare", "--net", "--mount"]
        if os.getuid() != 0:
            inside += ["--user", "--map-current-user", "--keep-caps"]
        if not shutil.which("unshare") or subprocess.run([*inside, "true"], capture_output=True).returncode != 0:
            print("skipped: namespaces are not allowed here (unshare --net --mount)")
            sys.exit(kit.SKIPPED)
        os.environ["EPODE_OWN_NETWORK"] = "yes"
        os.execvp(inside[0], [*inside, sys.executable, *sys.argv])
    interface = struct.pack("16sh14x", b"lo", 0x41)  # IFF_UP | IFF_RUNNING
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, interface)  # SIOCSIFFLAGS


def trust(server):
    """Makes the server's certificate the system's only trusted one."""
    copy = os.path.join(server.folder, "trusted.crt")
    shutil.copy(server.certificate(), copy)
    os.chmod(server.folder, 0o755)
    os.chmod(copy, 0o644)
    subprocess.run(["mount", "--bind", copy, TRUSTED], check=True)
