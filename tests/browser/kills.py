"""Ends of processes as they come: a kernel's, a browser's, a server's; and a disk that is full for a while."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.browser import lab as running
from tests.browser.judges import evaluate, kernel, kernel_id
from tests.browser.lab import Lab, open_lab, wait_for

PID = "__import__('os').getpid()"


@dataclass
class Fragile:
    """A server that may be killed and started again as it was."""

    lab: Lab
    process: subprocess.Popen[bytes] | None = None

    def kill_server(self) -> None:
        """As in a crash of the machine's own making; the server that comes next is the same, on the same port."""
        pid = self.process.pid if self.process else self.lab.process
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]
        pairs = [v.split(b"=", 1) for v in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0") if b"=" in v]
        os.kill(pid, signal.SIGKILL)
        if self.process:
            self.process.wait()
        else:
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)
        with self.lab.log.open("ab") as out:
            self.process = subprocess.Popen(
                command, cwd=self.lab.files, env=dict(pairs), stdout=out, stderr=subprocess.STDOUT
            )
        wait_for(f"{self.lab.url}/api/status", self.process, self.lab.log, 180)

    def kill_kernel(self) -> int:
        """The panel's kernel; which process that was."""
        with kernel(self.lab, "mcu-lab") as client:
            pid = int(evaluate(client, PID))
        os.kill(pid, signal.SIGKILL)
        return pid

    def kill_kernel_twice(self) -> None:
        """Once more while it starts again."""
        first = self.kill_kernel()
        until = time.monotonic() + 60
        while time.monotonic() < until:
            name = f"kernel-{kernel_id(self.lab, 'mcu-lab')}"
            found = subprocess.run(["pgrep", "-f", name], capture_output=True, text=True).stdout.split()
            if others := [int(pid) for pid in found if int(pid) != first]:
                time.sleep(1.0)
                os.kill(others[0], signal.SIGKILL)
                return
            time.sleep(0.05)
        raise AssertionError("the kernel was not started again")


@contextmanager
def fragile(home: Path) -> Iterator[Fragile]:
    with running.serve(home) as lab:
        server = Fragile(lab)
        try:
            yield server
        finally:
            if server.process:
                server.process.terminate()
                server.process.wait(20)


@contextmanager
def small_disk(lab: Lab) -> Iterator[bool]:
    """The served folder becomes a small disk of its own; False where that is not allowed."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(lab.files)]
    mounted = subprocess.run(mount, capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(lab.files)], check=True)


def fill(lab: Lab) -> None:
    """Take all the room there is."""
    with suppress(OSError), (lab.files / "taken").open("ab", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass
    with suppress(OSError), (lab.files / "taken").open("ab", buffering=0) as file:
        while file.write(b"x"):
            pass


def make_room(lab: Lab) -> None:
    (lab.files / "taken").unlink(missing_ok=True)


def reopened(page: Page, lab: Lab) -> None:
    """A new page, as after a crash of the browser."""
    page.set_default_timeout(120_000)
    for _ in range(3):
        with suppress(Exception):
            open_lab(page, lab)
            return
        time.sleep(2)
    open_lab(page, lab)
