"""Two plans side by side on the same scales, what is different in words, and the lanes beneath."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from mcu_lab.device import board
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.lifetimes import arena_bytes
from tests.browser.lab import DARK, Lab, set_theme
from tests.browser.test_editing import CHAIN, row
from tests.browser.test_panel import READY_MS, drawn, opened, shown_arena
from tests.conftest import model_path

pytestmark = pytest.mark.browser


def staged(page: Page, lab: Lab, name: str) -> Locator:
    """A panel whose first four operators are a stage."""
    root = opened(page, lab, name)
    root.get_by_role("listbox").focus()
    for key in ("Home", "Shift+ArrowDown", "Shift+ArrowDown", "Shift+ArrowDown", "g"):
        page.keyboard.press(key)
    drawn(root, 1)
    return root


def test_now_and_before_stand_side_by_side_and_move_together(
    page: Page, lab: Lab, put: Callable[[str], str], shoot: Callable[[str], Path]
) -> None:
    root = staged(page, lab, put(CHAIN))
    root.get_by_role("tab", name="Compare").click()
    root.get_by_label("Compare now with").select_option(label="0. open")
    words = root.locator(".mcu-compared")
    expect(words).to_contain_text("New stage: conv (operator 0)")
    other = root.get_by_role("region", name="The other plan")
    expect(other).to_have_count(0)
    root.get_by_label("side by side").check()
    graph = read_tflite(model_path(CHAIN))
    before = lower(graph, default_schedule(graph), board("arduino-nano-33-ble"))
    expect(other).to_contain_text(f"arena {arena_bytes(before):,} B")
    expect(other.locator(".mcu-timeline")).to_have_attribute(
        "data-rects", str(sum(b.memory == before.device.arena for b in before.buffers))
    )
    expect(words).to_contain_text(f"to {shown_arena(root):,} B")

    row(root, 6).click()
    expect(other.locator(".mcu-caption-said")).to_contain_text("step 6")
    canvas = other.locator(".mcu-canvas")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    expect(row(root, 7)).to_have_attribute("aria-selected", "true")
    for timeline in (other, root.locator(".mcu-pane").last):
        expect(timeline.locator(".mcu-timeline")).to_have_attribute("data-share", "0.000 1.000")
    page.keyboard.press("+")
    here, there = (p.locator(".mcu-timeline") for p in (root.locator(".mcu-pane").last, other))
    expect(there).not_to_have_attribute("data-share", "0.000 1.000")
    expect(here).to_have_attribute("data-share", there.get_attribute("data-share") or "")
    shoot("light")
    set_theme(page, DARK)
    page.wait_for_timeout(300)
    shoot("dark")

    root.get_by_label("Board", exact=True).select_option("teensy-41")
    expect(words).to_contain_text(f"Board: {board('teensy-41').name} instead of")
    root.get_by_label("Compare now with").select_option(label="nothing")
    expect(other).to_have_count(0)
    expect(words).not_to_contain_text("Board:")


def test_a_plan_in_the_folder_is_compared_by_keyboard_and_named_in_words(
    page: Page, lab: Lab, put: Callable[[str], str]
) -> None:
    root = staged(page, lab, put(CHAIN))
    root.get_by_role("button", name="Save under a name").click()
    root.get_by_label("File name").fill("staged")
    root.get_by_role("button", name="Save as").click()
    drawn(root, 1)
    expect(root.locator(".mcu-dirty")).to_have_count(0, timeout=READY_MS)
    page.keyboard.press("Escape")
    root.get_by_role("button", name="Save under a name").click()
    root.get_by_label("File name").fill("plain")
    root.get_by_role("button", name="Save as").click()
    root.get_by_role("button", name="Undo").click()
    drawn(root, 2)
    root.get_by_role("tab", name="Why this peak").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    which = root.get_by_label("Compare now with")
    expect(which.locator("option", has_text="staged.mcuplan.json")).to_have_count(1)
    which.focus()
    page.keyboard.type("staged")
    expect(root.locator(".mcu-compared")).to_contain_text("No longer a stage: conv (operator 0)")
    (lab.files / "staged.mcuplan.json").unlink()
    (lab.files / "plain.mcuplan.json").unlink()


def test_lanes_name_what_runs_where_one_points(
    page: Page, lab: Lab, put: Callable[[str], str], shoot: Callable[[str], Path]
) -> None:
    root = opened(page, lab, put(CHAIN))
    lanes = root.locator(".mcu-lanes-canvas[data-rev='0']")
    lanes.wait_for(timeout=READY_MS)
    box = lanes.bounding_box()
    assert box is not None
    left, right, steps = 62, 12, 31
    width = (box["width"] - left - right) / steps
    page.mouse.move(box["x"] + left + 2.5 * width, box["y"] + 8)
    tip = root.locator(".mcu-lanes .mcu-tip")
    expect(tip).to_contain_text("2 conv")
    expect(tip).to_contain_text("cycles")
    expect(row(root, 2)).to_have_class(re.compile("mcu-hovered"))
    page.mouse.click(box["x"] + left + 2.5 * width, box["y"] + 8)
    expect(row(root, 2)).to_have_attribute("aria-selected", "true")
    page.mouse.move(0, 0)
    expect(tip).to_be_hidden()
    assert "ms" in (lanes.get_attribute("aria-label") or "")

    root.get_by_label("Input", exact=True).select_option("streamed")
    root.locator(".mcu-lanes-canvas[data-rev='1']").wait_for(timeout=READY_MS)
    page.mouse.move(box["x"] + left + 0.4 * width, box["y"] + 24)
    expect(tip).to_contain_text("the core copies")
    root.get_by_role("button", name="Lanes").click()
    expect(lanes).to_be_hidden()
    shoot("without")
