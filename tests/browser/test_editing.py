"""Journeys through the editor: what a person does to a schedule, with the mouse, by keyboard, and over restarts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from mcu_lab.device import board
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import lower
from mcu_lab.plan.lifetimes import arena_bytes
from mcu_lab.plan.verify import ProblemCode, verify
from mcu_lab.session.session import Session
from tests.browser.judges import Steered, restart_kernel, shown_arena
from tests.browser.lab import Lab, command
from tests.browser.test_panel import READY_MS, drawn, opened
from tests.conftest import model_path

pytestmark = pytest.mark.browser

CHAIN = "mlperf_vww_mobilenetv1_int8"
BRANCHES = "swiftnet_cell_vww_uint8"


def row(root: Locator, index: int) -> Locator:
    """The row of the operator that stands at ``index``."""
    return root.locator(f".mcu-row[data-index='{index}']")


def drag(page: Page, start: Locator, end: Locator, *, drop: bool = True) -> None:
    """From the middle of one element to the upper edge of another."""
    a, b = start.bounding_box(), end.bounding_box()
    assert a is not None and b is not None
    page.mouse.move(a["x"] + a["width"] / 2, a["y"] + a["height"] / 2)
    page.mouse.down()
    page.mouse.move(a["x"] + a["width"] / 2, a["y"] + a["height"] / 2 - 8, steps=2)
    page.mouse.move(b["x"] + b["width"] / 2, b["y"] + 2, steps=4)
    if drop:
        page.mouse.up()


def free_and_bound_pair() -> tuple[int, int]:
    """Two places of the file's order whose operator does not, and does, read what the one before makes."""
    operators = read_tflite(model_path(BRANCHES)).operators
    reads = [bool(set(op.inputs) & set(before.outputs)) for before, op in pairwise(operators)]
    return reads.index(False) + 1, reads.index(True) + 1


def saved(lab: Lab, root: Locator, page: Page, name: str) -> Session:
    """Save from the toolbar; the session that the file gives. Page, lowering and verifier have to agree on it."""
    root.get_by_role("button", name="Save", exact=False).first.click()
    expect(root.locator(".mcu-dirty")).to_have_count(0, timeout=READY_MS)
    session = Session.open(lab.files / f"{name}.mcuplan.json")
    plan = lower(session.snapshot.graph, session.snapshot.decisions.schedule, session.snapshot.device)
    assert shown_arena(root) == arena_bytes(plan)
    assert [p for p in verify(plan) if p.code is not ProblemCode.CAPACITY] == []
    return session


def test_an_operator_is_dragged_where_it_may_stand_and_refused_elsewhere(
    page: Page, lab: Lab, put: Callable[[str], str], shoot: Callable[[str], Path]
) -> None:
    root = opened(page, lab, put(BRANCHES))
    free, bound = free_and_bound_pair()
    label = row(root, free).locator(".mcu-row-label").inner_text()
    drag(page, row(root, free), row(root, free - 1), drop=False)
    tip = root.locator(".mcu-drag-tip")
    expect(tip).to_contain_text(f"to {free - 1}")
    expect(tip).to_contain_text(re.compile("SRAM|no difference"))
    expect(root.locator(".mcu-legal")).to_be_visible()
    shoot("dragging")
    page.mouse.up()
    drawn(root, 1)
    expect(row(root, free - 1).locator(".mcu-row-label")).to_have_text(label)
    expect(root.locator(".mcu-verified")).to_have_attribute("data-kind", "good", timeout=READY_MS)

    drag(page, row(root, bound), row(root, bound - 1), drop=False)
    expect(tip).to_contain_text(f"not at {bound - 1}")
    expect(tip).to_contain_text("reads")
    page.mouse.up()
    expect(root.locator(".mcu-refusal")).to_contain_text("Order")
    assert root.get_attribute("data-rev") == "1"
    page.keyboard.press("Control+z")
    drawn(root, 2)
    expect(row(root, free).locator(".mcu-row-label")).to_have_text(label)
    expect(root.locator(".mcu-toast")).to_be_hidden()


def test_a_stage_is_made_and_tuned_pinned_saved_and_survives_reload_and_restart(
    page: Page, lab: Lab, put: Callable[[str], str], shoot: Callable[[str], Path]
) -> None:
    root = opened(page, lab, put(CHAIN))
    whole = shown_arena(root)
    row(root, 0).click()
    row(root, 3).click(modifiers=["Shift"])
    group = root.get_by_role("button", name="Group", exact=True)
    group.hover()
    expect(root.locator(".mcu-gauge .mcu-limit").first).to_contain_text("→")
    group.click()
    drawn(root, 1)
    staged = shown_arena(root)
    assert staged < whole
    expect(root.locator(".mcu-kind")).to_have_text("Stage of 4")

    slider = root.get_by_role("slider", name="Rows a step")
    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2, steps=4)
    expect(root.locator(".mcu-effect")).to_contain_text("SRAM")
    shoot("sliding")
    page.mouse.up()
    drawn(root, 2)
    assert shown_arena(root) > staged
    page.keyboard.press("Control+z")
    drawn(root, 3)
    assert shown_arena(root) == staged

    canvas = root.locator(".mcu-canvas")
    plot = canvas.bounding_box()
    assert plot is not None
    x, y = plot["x"] + plot["width"] * 0.2, plot["y"] + plot["height"] * 0.8
    page.mouse.click(x, y)
    expect(root.locator(".mcu-kind")).to_contain_text("Buffer")
    expect(root.get_by_role("button", name="Pin here")).to_be_visible()
    page.mouse.down()
    page.mouse.move(x, y - 30, steps=3)
    expect(root.locator(".mcu-plot .mcu-tip")).to_contain_text("pin at")
    page.mouse.up()
    drawn(root, 4)
    expect(root.locator(".mcu-kind")).to_contain_text("pinned")
    root.get_by_role("button", name="Unpin").click()
    drawn(root, 5)
    session = saved(lab, root, page, CHAIN)
    assert [s.operators for s in session.snapshot.decisions.schedule.stages] == [(0, 1, 2, 3)]

    root.get_by_role("tab", name="History").click()
    entries = root.locator(".mcu-history li")
    expect(entries).to_have_count(4)
    entries.last.get_by_role("button", name="Compare").click()
    expect(root.locator(".mcu-compared")).to_contain_text("arena")
    shoot("compared")

    root.locator(".mcu-row-stage").click()
    number = root.get_by_label("Rows a step, as a number")
    number.fill("16")
    number.press("Enter")
    drawn(root, 6)
    larger = shown_arena(root)
    assert larger > staged
    page.wait_for_timeout(1500)  # Lab saves its layout a second later
    page.goto(page.url)
    root = page.locator(".mcu-panel .mcu-root[data-state=ready]")
    root.wait_for(timeout=READY_MS)
    assert shown_arena(root) == larger
    restart_kernel(Steered(lab, root))
    page.locator(".mcu-toast", has_text="brought back").wait_for(timeout=READY_MS)
    assert shown_arena(root) == larger
    page.locator(".mcu-canvas").focus()
    page.keyboard.press("Control+z")
    expect(root).to_have_attribute("data-arena-bytes", str(staged))


def test_everything_goes_by_keyboard_alone(page: Page, lab: Lab, put: Callable[[str], str]) -> None:
    root = opened(page, lab, put(CHAIN))
    root.get_by_role("listbox").focus()
    for key in ("Home", "Shift+ArrowDown", "Shift+ArrowDown", "g"):
        page.keyboard.press(key)
    drawn(root, 1)
    expect(root.locator(".mcu-kind")).to_have_text("Stage of 3")
    slider = root.get_by_role("slider", name="Rows a step")
    slider.wait_for()
    for _ in range(40):
        page.keyboard.press("Tab")
        if slider.evaluate("e => e === document.activeElement"):
            break
    page.keyboard.press("ArrowRight")
    drawn(root, 2)
    expect(slider).to_be_focused()
    expect(root.locator(".mcu-row-stage")).to_contain_text("2 rows at a time")
    page.keyboard.press("Control+z")
    drawn(root, 3)
    root.get_by_role("listbox").focus()
    page.keyboard.press("u")
    drawn(root, 4)
    expect(root.locator(".mcu-row-stage")).to_have_count(0)

    page.keyboard.press("Home")
    page.keyboard.press("Alt+ArrowDown")
    expect(root.locator(".mcu-refusal")).to_contain_text("Order")
    canvas = root.locator(".mcu-canvas")
    canvas.focus()
    page.keyboard.press("ArrowUp")
    expect(root.get_by_role("button", name="Pin here")).to_be_visible()
    page.keyboard.press("Alt+ArrowUp")
    drawn(root, 5)
    expect(root.locator(".mcu-kind")).to_contain_text("pinned")
    for rev in (6, 7):
        page.keyboard.press("Control+z")
        drawn(root, rev)
    page.keyboard.press("Control+Shift+z")
    drawn(root, 8)


def test_a_trade_off_is_loaded_with_a_click_and_undo_brings_back_ones_own(
    page: Page, lab: Lab, put: Callable[[str], str], shoot: Callable[[str], Path]
) -> None:
    root = opened(page, lab, put(CHAIN))
    before = shown_arena(root)
    root.get_by_role("button", name="What Fit may do").click()
    root.get_by_label("stop after").fill("40")
    root.get_by_role("dialog").get_by_role("button", name="Trade-offs").click()
    dot = root.locator(".mcu-dot").first
    dot.wait_for(timeout=READY_MS)
    expect(root.get_by_role("button", name="Fit", exact=True)).to_be_visible(timeout=READY_MS)
    words = dot.get_attribute("aria-label") or ""
    shoot("front")
    dot.click()
    drawn(root, 1)
    assert words.startswith(f"{shown_arena(root):,} B")
    page.keyboard.press("Control+z")
    drawn(root, 2)
    assert shown_arena(root) == before


def test_what_is_exported_lies_beside_the_model(page: Page, lab: Lab, put: Callable[[str], str]) -> None:
    root = opened(page, lab, put(CHAIN))
    root.get_by_role("button", name="Export", exact=True).click()
    sheet = root.get_by_role("dialog", name="Export")
    for kind, made in (
        ("firmware", f"{CHAIN}_firmware"),
        ("report", f"{CHAIN}_report.html"),
        ("script", f"{CHAIN}_session.py"),
    ):
        sheet.get_by_label("What to export").select_option(kind)
        sheet.get_by_role("button", name="Write").click()
        expect(sheet.get_by_role("status")).not_to_have_text("Writing …", timeout=READY_MS)
        assert (lab.files / made).exists(), sheet.get_by_role("status").inner_text()
    sheet.get_by_role("button", name="Write").click()
    expect(sheet.get_by_role("status")).to_contain_text("There is a file already.")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_a_board_of_ones_own_has_its_name_and_outlives_a_restart(
    page: Page, lab: Lab, put: Callable[[str], str], shoot: Callable[[str], Path]
) -> None:
    """Its id is that of a shipped board, and is not taken for it."""
    disco = board("stm32f746g-disco")
    own = replace(
        disco, name="<b>My</b> board", memories=(replace(disco.memories[0], bytes=100_000), *disco.memories[1:])
    )
    file = Session.open(lab.files / put("mlperf_kws_dscnn_int8"), own).save(lab.files / "own.mcuplan.json")
    root = opened(page, lab, file.name)
    boards = root.get_by_label("Board", exact=True)
    chosen = boards.locator("option:checked")
    expect(chosen).to_have_text(re.compile(r"^<b>My</b> board · 97\.7 KiB \+ 1 MiB$"))
    shoot("own")
    boards.select_option("stm32f746g-disco")
    drawn(root, 1)
    expect(chosen).to_have_text(re.compile("^STM32F746G-DISCO"))
    root.get_by_role("button", name="Undo").click()
    drawn(root, 2)
    expect(chosen).to_contain_text("My")
    root.get_by_label("Input", exact=True).select_option("streamed")
    drawn(root, 3)
    restart_kernel(Steered(lab, root))
    expect(root.get_by_label("Input", exact=True)).to_have_value("streamed", timeout=READY_MS)
    expect(chosen).to_contain_text("My")
    saved(lab, root, page, "own")
    assert Session.open(file).snapshot.device == own


def test_lab_s_own_save_and_dirty_mark_work_on_a_plan(page: Page, lab: Lab, put: Callable[[str], str]) -> None:
    session = Session.open(lab.files / put(CHAIN), "stm32f746g-disco")
    file = lab.files / "steered.mcuplan.json"
    session.save(file)
    root = opened(page, lab, file.name)
    dirty = page.locator(".lm-TabBar-tab.jp-mod-dirty")
    expect(dirty).to_have_count(0)
    root.get_by_label("Input", exact=True).select_option("streamed")
    drawn(root, 1)
    expect(dirty).to_have_count(1)
    command(page, "docmanager:save")
    expect(dirty).to_have_count(0)
    assert '"inputs": "streamed"' in file.read_text()
    root.get_by_label("Input", exact=True).select_option("resident")
    drawn(root, 2)
    root.get_by_role("button", name="Save under a name, revert").click()
    root.get_by_role("button", name="Revert", exact=True).click()
    drawn(root, 3)
    expect(root.get_by_label("Input", exact=True)).to_have_value("streamed")
    expect(dirty).to_have_count(0)


def test_the_graph_is_linked_with_the_list(
    page: Page, lab: Lab, put: Callable[[str], str], shoot: Callable[[str], Path]
) -> None:
    root = opened(page, lab, put(BRANCHES))
    root.get_by_role("tab", name="Graph").click()
    nodes = root.locator(".mcu-node")
    expect(nodes).to_have_count(len(read_tflite(model_path(BRANCHES)).operators))
    nodes.nth(4).click()
    expect(root.locator(".mcu-row.mcu-current")).to_have_attribute("data-op", "4")
    page.keyboard.press("Control+f")
    page.keyboard.type("max pool")
    expect(root.locator(".mcu-node-selected text").first).to_contain_text("max pool")
    shoot("graph")
