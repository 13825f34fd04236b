"""Kills at random moments of random edits in the page: what it showed is there again, or it had said it was not kept.

MCU_LAB_BROWSER_KILLS raises the count, MCU_LAB_SEED gives other ones. A third of them come while the disk is full.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from mcu_lab.session.session import Session
from tests.browser.kills import Fragile, fill, fragile, make_room, reopened, small_disk
from tests.browser.lab import double_click
from tests.conftest import DATA

pytestmark = [pytest.mark.browser, pytest.mark.slow]

KILLS = int(os.environ.get("MCU_LAB_BROWSER_KILLS", "4"))
SEED = int(os.environ.get("MCU_LAB_SEED", "1"))
READY_MS = 120_000
MODEL = "digits_two_branch_int8.tflite"
PLAN = "digits_two_branch_int8.mcuplan.json"
BOARDS = ["teensy-41", "raspberry-pi-pico", "nucleo-f446re", "arduino-nano-33-ble"]


@dataclass(frozen=True)
class Shown:
    """What the page says, and whether it says that this is kept."""

    board: str
    inputs: str
    arena: str
    kept: bool


def test_what_the_page_showed_is_there_after_a_kill(chromium: Browser) -> None:
    home = Path(tempfile.mkdtemp(prefix="mcu-lab-kills-"))
    with fragile(home / "lab") as server, small_disk(server.lab) as small:
        shutil.copy(DATA / MODEL, server.lab.files)
        Session.open(server.lab.files / MODEL, BOARDS[0]).save(server.lab.files / PLAN)
        page = opened_anew(chromium, server, PLAN)
        unkept = filled = 0
        for number in range(KILLS):
            random = Random(SEED * 1000 + number)
            full = small and number % 3 == 2
            if full:
                fill(server.lab)
                filled += 1
            last = edits(ready(page), random)
            kind = ["kernel", "browser", "kernel", "server"][number % 4] if not full else random.choice(KINDS)
            page = killed(kind, chromium, server, page)
            make_room(server.lab)
            found = shown(ready(page))
            there = (found.board, found.inputs, found.arena) == (last.board, last.inputs, last.arena)
            assert there or not last.kept, (number, kind, "full" if full else "room", last, found)
            unkept += not last.kept
        # What a page of the disk has room for is kept even when no other is left, so one such kill shows nothing.
        assert unkept or filled < 4, "no kill came while nothing could be kept"
        page.context.close()
    shutil.rmtree(home, ignore_errors=True)


KINDS = ["kernel", "browser", "server"]


def killed(kind: str, chromium: Browser, server: Fragile, page: Page) -> Page:
    """The page that is worked in afterwards."""
    if kind == "kernel":
        server.kill_kernel()
        expect(page.locator(".mcu-panel .mcu-root")).not_to_have_attribute("data-state", "ready", timeout=READY_MS)
        return page
    if kind == "server":
        server.kill_server()
    return opened_anew(chromium, server, PLAN, page)


def opened_anew(chromium: Browser, server: Fragile, file: str, before: Page | None = None) -> Page:
    """The file in a new browser context."""
    if before is not None:
        before.context.close()
    page = chromium.new_context(viewport={"width": 1440, "height": 860}).new_page()
    reopened(page, server.lab)
    double_click(page, file)
    return page


def ready(page: Page) -> Locator:
    root = page.locator(".mcu-panel .mcu-root[data-state=ready]")
    root.wait_for(timeout=READY_MS)
    return root


def edits(root: Locator, random: Random) -> Shown:
    """Some edits, each answered; the last is on its way when it ends."""
    for _ in range(random.randrange(2, 7)):
        rev = root.get_attribute("data-rev")
        before = shown(root)
        choice = random.choice(["board", "board", "inputs", "undo"])
        if choice == "undo":
            undo = root.get_by_role("button", name="Undo").first
            if undo.is_disabled():
                continue
            undo.click()
        elif choice == "inputs":
            other = "streamed" if before.inputs == "resident" else "resident"
            root.get_by_label("Input", exact=True).select_option(other)
        else:
            root.get_by_label("Board", exact=True).select_option(
                random.choice([b for b in BOARDS if b != before.board])
            )
        expect(root).not_to_have_attribute("data-rev", rev or "", timeout=READY_MS)
    return shown(root)


def shown(root: Locator) -> Shown:
    board = root.get_by_label("Board", exact=True).input_value()
    inputs = root.get_by_label("Input", exact=True).input_value()
    kept = root.locator(".mcu-unkept").count() == 0
    return Shown(board, inputs, root.get_attribute("data-arena-bytes") or "", kept)
