"""Three who have to agree after every edit: the page, the kernel's session, and a plan made anew from the decisions."""

from __future__ import annotations

import ast
import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any, Literal

from jupyter_client.blocking import BlockingKernelClient
from playwright.sync_api import Locator, expect

from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import lower
from mcu_lab.plan.lifetimes import arena_bytes
from mcu_lab.plan.verify import ProblemCode, verify
from mcu_lab.rewriting import rewritten
from mcu_lab.schedule.document import device_of, read_model
from mcu_lab.schedule.json_text import from_text
from tests.browser.lab import Lab

READY_MS = 30_000
ANSWER_S = 30
#: The newest session of a kernel, without a name left in its namespace.
NEWEST = (
    "(lambda found: [(s.snapshot.rev, s.snapshot.entry.figures.arena_bytes, s.text()) for s in found[:1]])"
    "(__import__('mcu_lab.session.live', fromlist=['live']).sessions())"
)

#: Whose kernel: the document panel's own, or a notebook's.
Owner = Literal["mcu-lab", "notebook"]


@dataclass(frozen=True)
class Told:
    """What the kernel says of its newest session: revision, arena, and the document as saving would write it."""

    rev: int
    arena_bytes: int
    text: str


@dataclass
class Steered:
    """A session on screen, and those who judge it after every edit. ``rev`` is the revision that was seen last."""

    lab: Lab
    root: Locator
    owner: Owner = "mcu-lab"
    rev: int = 0

    def edited(self, steps: int = 1) -> int:
        """Wait until so many more revisions are drawn and judge what is there. Returns the arena in bytes."""
        self.rev += steps
        self.root.locator(f".mcu-timeline[data-drawn-rev='{self.rev}']").wait_for(timeout=READY_MS)
        return self.agreed()

    def agreed(self) -> int:
        """The arena in bytes that the page shows, the kernel holds, and a plan made anew needs; and it is verified."""
        told = newest_session(self.lab, self.owner)
        assert told is not None
        document = from_text(told.text)
        file = self.lab.files / "as it would be saved"
        graph = rewritten(read_tflite(read_model(document, file)), document.rewrites)
        plan = lower(graph, document.schedule, device_of(document, file))
        assert [p for p in verify(plan) if p.code is not ProblemCode.CAPACITY] == []
        expect(self.root).to_have_attribute("data-verified", "true", timeout=READY_MS)
        assert int(self.root.get_attribute("data-rev") or -1) == told.rev
        assert shown_arena(self.root) == told.arena_bytes == arena_bytes(plan)
        self.rev = told.rev
        return told.arena_bytes


def shown_arena(root: Locator) -> int:
    """The peak as the page says it to people, in bytes."""
    words = root.locator(".mcu-gauge .mcu-value").first.inner_text()
    return int(words.removesuffix(" B").replace(",", ""))


def newest_session(lab: Lab, owner: Owner) -> Told | None:
    """What the kernel of a panel or of a notebook holds; None while it holds nothing."""
    with kernel(lab, owner) as client:
        found = evaluate(client, NEWEST)
    return Told(*found[0]) if found else None


def restart_kernel(seen: Steered) -> None:
    """Have the server restart the kernel, as another page would."""
    page, lab = seen.root.page, seen.lab
    (token,) = (c["value"] for c in page.context.cookies() if c["name"] == "_xsrf")
    url = f"{lab.url}/api/kernels/{kernel_id(lab, seen.owner)}/restart"
    assert page.request.post(url, headers={"X-XSRFToken": token}).ok


def opened_again(seen: Steered) -> None:
    """Wait until the page has opened its session in a new kernel."""
    until = time.monotonic() + ANSWER_S
    while newest_session(seen.lab, seen.owner) is None:
        assert time.monotonic() < until, "nobody opened a session in the restarted kernel"
        time.sleep(0.2)
    seen.root.wait_for(timeout=READY_MS)


def kernel_id(lab: Lab, owner: Owner) -> str:
    """The one kernel of this owner that the server runs."""
    with urllib.request.urlopen(f"{lab.url}/api/sessions", timeout=ANSWER_S) as answer:
        (found,) = (s["kernel"]["id"] for s in json.load(answer) if s["type"] == owner)
    return str(found)


@contextmanager
def kernel(lab: Lab, owner: Owner) -> Iterator[BlockingKernelClient]:
    """A line of one's own to the kernel: what the page asks and hears has no part in it."""
    client = BlockingKernelClient()
    client.load_connection_file(str(lab.runtime / f"kernel-{kernel_id(lab, owner)}.json"))
    client.start_channels(iopub=False, stdin=False, hb=False, control=False)
    try:
        yield client
    finally:
        client.stop_channels()


def evaluate(client: BlockingKernelClient, expression: str) -> Any:
    """The value of an expression whose repr is a literal."""
    asked = client.execute("", silent=True, store_history=False, user_expressions={"told": expression})
    while True:
        try:
            reply = client.get_shell_msg(timeout=ANSWER_S)
        except Empty as nobody:
            raise AssertionError("the kernel did not answer") from nobody
        if reply["parent_header"].get("msg_id") == asked:
            break
    told = reply["content"]["user_expressions"]["told"]
    assert told["status"] == "ok", told
    return ast.literal_eval(told["data"]["text/plain"])


def built_and_run(folder: Path) -> str:
    """Build exported firmware for this machine and let it test itself, as its README says; what that printed."""
    done = subprocess.run(["make", "test"], cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def tab_to(target: Locator, *, back: bool = False, most: int = 60) -> None:
    """Press Tab until ``target`` has the focus. Every stop of the view on the way has to show that it has it."""
    page = target.page
    stops = []
    for _ in range(most):
        if target.count() and target.first.evaluate("e => e === document.activeElement"):
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
        stops.append(page.evaluate(FOCUS))
        assert stops[-1]["ours"] is False or stops[-1]["outline"] != "none", stops[-1]
    raise AssertionError(f"Tab does not lead to {target}: {[s['words'] for s in stops]}")


FOCUS = """() => {
  const now = document.activeElement;
  const words = now.getAttribute('aria-label') || now.title || now.textContent.slice(0, 30);
  return { words, ours: now.closest('.mcu-root') !== null, outline: getComputedStyle(now).outlineStyle };
}"""
