"""The document panel in a real browser, as a person meets it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from mcu_lab.device import board
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.lifetimes import arena_bytes, live_bytes
from mcu_lab.session.edits import SetSchedule
from mcu_lab.session.session import Session
from tests.browser.judges import Steered, evaluate, kernel, opened_again, restart_kernel, shown_arena
from tests.browser.lab import DARK, HIGH_CONTRAST, LIGHT, ROOT, Lab, command, double_click, open_lab, set_theme
from tests.conftest import model_path

pytestmark = pytest.mark.browser

MODEL = "mobilenetv2_100_224_int8"
SMALL = "mlperf_kws_dscnn_int8"
READY_MS = 30_000


def opened(page: Page, lab: Lab, name: str) -> Locator:
    """Double-click a file; the panel once its timeline is drawn."""
    open_lab(page, lab)
    double_click(page, name)
    root = page.locator(".mcu-panel .mcu-root[data-state=ready]")
    root.wait_for(timeout=READY_MS)
    root.locator(".mcu-timeline[data-drawn-rev]").wait_for()
    return root


def drawn(root: Locator, rev: int) -> None:
    root.locator(f".mcu-timeline[data-drawn-rev='{rev}']").wait_for(timeout=READY_MS)


def canvas_point(root: Locator, across: float, up: float) -> tuple[float, float]:
    """A point of the plot: shares of its width from the left and of its height from the bottom."""
    box = root.locator(".mcu-canvas").bounding_box()
    assert box is not None
    left, right, top, bottom = 62, 12, 14, 34
    x = box["x"] + left + across * (box["width"] - left - right)
    return x, box["y"] + top + (1 - up) * (box["height"] - top - bottom)


@pytest.mark.parametrize("name", [MODEL, SMALL])
def test_double_click_shows_the_figures_of_the_plan(
    name: str, page: Page, lab: Lab, put: Callable[[str], str], shoot: Callable[[str], Path]
) -> None:
    root = opened(page, lab, put(name))
    graph = read_tflite(model_path(name))
    plan = lower(graph, default_schedule(graph), board("arduino-nano-33-ble"))
    assert shown_arena(root) == arena_bytes(plan) == int(root.get_attribute("data-arena-bytes") or 0)
    assert root.locator(".mcu-timeline").get_attribute("data-rects") == str(
        sum(b.memory == plan.device.arena for b in plan.buffers)
    )
    expect(root.locator(".mcu-why")).to_contain_text(f"step {live_bytes(plan).index(max(live_bytes(plan)))}")
    fits = arena_bytes(plan) <= plan.device.sram_bytes
    expect(root.locator(".mcu-fits")).to_have_attribute("data-kind", "good" if fits else "bad")
    expect(root.locator(".mcu-verified")).to_have_attribute("data-kind", "good", timeout=READY_MS)
    shoot("light")
    set_theme(page, DARK)
    page.wait_for_timeout(300)
    expect(root.get_by_role("button", name="Fit", exact=True)).to_be_visible()
    shoot("dark")


def test_another_board_moves_the_limit_and_undo_brings_it_back(page: Page, lab: Lab, put: Callable[[str], str]) -> None:
    root = opened(page, lab, put(MODEL))
    picker = root.get_by_label("Board", exact=True)
    before = picker.input_value()
    picker.select_option("teensy-41")
    drawn(root, 1)
    limit = board("teensy-41").sram_bytes
    expect(root.locator(".mcu-limit").first).to_have_text(f"of {limit // 1024} KiB")
    root.get_by_role("button", name="Undo").click()
    drawn(root, 2)
    expect(picker).to_have_value(before)
    root.get_by_role("button", name="Redo").click()
    drawn(root, 3)
    expect(picker).to_have_value("teensy-41")


def test_fit_needs_less_and_is_one_edit(
    page: Page, lab: Lab, put: Callable[[str], str], shoot: Callable[[str], Path]
) -> None:
    root = opened(page, lab, put("swiftnet_cell_vww_uint8"))
    before = shown_arena(root)
    root.get_by_role("button", name="What Fit may do").click()
    root.get_by_label("stop after").fill("40")
    root.get_by_role("dialog").get_by_role("button", name="Fit", exact=True).click()
    expect(root.get_by_role("button", name="Cancel")).to_be_visible()
    page.wait_for_timeout(500)
    shoot("searching")
    drawn(root, 1)
    after = shown_arena(root)
    assert after < before
    expect(root.get_by_role("button", name="Fit", exact=True)).to_be_visible()
    expect(root.locator(".mcu-proven")).to_be_visible()
    expect(root.locator(".mcu-verified")).to_have_attribute("data-kind", "good", timeout=READY_MS)
    shoot("fitted")
    root.get_by_role("button", name="Undo fit").click()
    drawn(root, 2)
    assert shown_arena(root) == before
    expect(root.locator(".mcu-proven")).to_be_hidden()


def test_a_cancelled_search_keeps_the_best_it_found(page: Page, lab: Lab, put: Callable[[str], str]) -> None:
    root = opened(page, lab, put("swiftnet_cell_vww_uint8"))
    before = shown_arena(root)
    root.get_by_role("button", name="Fit", exact=True).click()
    root.get_by_role("button", name="Cancel").click()
    drawn(root, 1)
    assert shown_arena(root) <= before
    expect(root.get_by_role("button", name="Undo fit")).to_be_enabled()


def test_own_limits_decide_whether_it_fits(page: Page, lab: Lab, put: Callable[[str], str]) -> None:
    root = opened(page, lab, put(SMALL))
    arena = shown_arena(root)
    for limit_kib, fits in ((arena / 1024 + 1, "true"), (arena / 1024 - 1, "false")):
        root.get_by_label("Board", exact=True).select_option("custom")
        root.get_by_label("SRAM in KiB").fill(str(limit_kib // 0.25 * 0.25))
        root.get_by_label("Flash in KiB").fill("")
        root.get_by_label("Flash in KiB").press("Enter")
        expect(root).to_have_attribute("data-fits", fits)
    expect(root.locator(".mcu-fit-words")).to_contain_text("too many in sram")


def test_pointing_and_choosing_are_linked(
    page: Page, lab: Lab, put: Callable[[str], str], shoot: Callable[[str], Path]
) -> None:
    root = opened(page, lab, put(MODEL))
    steps = root.locator(".mcu-row")
    steps.nth(3).hover()
    expect(steps.nth(3)).to_have_class(re.compile("mcu-hovered"))
    root.get_by_role("button", name="Show it").click()
    chosen = root.locator("[role=option][aria-selected=true]")
    expect(chosen).to_have_class(re.compile("mcu-peak"))
    expect(root.locator(".mcu-inspector .mcu-kind")).to_have_text(f"Operator at {chosen.get_attribute('data-index')}")

    x, y = canvas_point(root, across=5.5 / 68, up=0.3)
    page.mouse.move(x, y)
    tip = root.locator(".mcu-plot .mcu-tip")
    expect(tip).to_be_visible()
    expect(tip).to_contain_text("1,204,224 B")
    expect(tip).to_contain_text("written by 4 conv")
    assert root.locator(".mcu-hovered").count() == 2
    shoot("hover")
    page.mouse.click(x, y)
    expect(root.locator(".mcu-inspector .mcu-kind")).to_contain_text("Buffer")
    assert root.locator(".mcu-used").count() == 2
    root.locator(".mcu-inspector .mcu-group", has_text="Read by").get_by_role("button").click()
    expect(root.locator(".mcu-inspector .mcu-kind")).to_have_text("Operator at 5")


def test_the_timeline_and_the_list_work_by_keyboard(page: Page, lab: Lab, put: Callable[[str], str]) -> None:
    root = opened(page, lab, put(SMALL))
    listbox = root.get_by_role("listbox")
    listbox.focus()
    for key in ("ArrowDown", "ArrowDown", "End", "Home", "ArrowDown"):
        listbox.press(key)
    chosen = root.locator("[role=option][aria-selected=true]")
    expect(chosen).to_have_attribute("data-index", "1")
    assert listbox.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    canvas = root.locator(".mcu-canvas")
    canvas.focus()
    canvas.press("ArrowRight")
    expect(chosen).to_have_attribute("data-index", "2")
    canvas.press("ArrowUp")
    expect(root.locator(".mcu-inspector .mcu-kind")).to_contain_text("Buffer")
    for key in ("+", "+", "Alt++", "PageDown", "-", "0"):
        canvas.press(key)
    canvas.press("Escape")
    expect(chosen).to_have_count(0)


def test_typed_letters_do_not_reach_the_notebook_behind(page: Page, lab: Lab, put: Callable[[str], str]) -> None:
    name = put(SMALL)
    open_lab(page, lab)
    page.evaluate(
        """async () => {
          const { commands } = window.jupyterapp;
          const made = await commands.execute('notebook:create-new', { kernelName: 'python3' });
          await made.sessionContext.ready;
          window.notebookBehind = made;
        }"""
    )
    double_click(page, name)
    root = page.locator(".mcu-panel .mcu-root[data-state=ready]")
    root.wait_for(timeout=READY_MS)
    count = "() => window.notebookBehind.content.widgets.length"
    before = page.evaluate(count)
    for target in (
        root.locator(".mcu-canvas"),
        root.get_by_role("listbox"),
        root.get_by_role("button", name="Fit", exact=True),
    ):
        target.focus()
        for key in "abdmy":
            page.keyboard.press(key)
    assert page.evaluate(count) == before


def test_every_control_can_be_reached_by_tab_and_shows_its_focus(
    page: Page, lab: Lab, put: Callable[[str], str]
) -> None:
    root = opened(page, lab, put(SMALL))
    root.get_by_label("Board", exact=True).focus()
    seen = []
    for _ in range(22):
        seen.append(
            page.evaluate(
                "() => [document.activeElement.className, getComputedStyle(document.activeElement).outlineStyle]"
            )
        )
        page.keyboard.press("Tab")
    names = " ".join(name for name, _ in seen)
    for wanted in ("mcu-select", "mcu-fit", "mcu-list", "mcu-canvas", "mcu-inspector", "mcu-tab", "mcu-page"):
        assert wanted in names
    assert all(outline != "none" for name, outline in seen if "mcu-" in name)


def test_a_damaged_model_is_explained(page: Page, lab: Lab, shoot: Callable[[str], Path]) -> None:
    (lab.files / "damaged.tflite").write_bytes(model_path(SMALL).read_bytes()[:5000])
    open_lab(page, lab)
    double_click(page, "damaged.tflite")
    notice = page.locator(".mcu-notice h2")
    expect(notice).to_have_text("This model cannot be read", timeout=READY_MS)
    expect(page.locator(".mcu-notice")).to_contain_text("damaged.tflite")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    shoot("damaged")


def wait_until_gone(process: int) -> None:
    """The server, its parent, has noticed that this process ended."""
    for _ in range(300):
        if not Path(f"/proc/{process}").exists():
            return
        time.sleep(0.1)
    raise AssertionError(f"process {process} does not end")


@pytest.mark.parametrize("how", ["restart", "crash"])
def test_a_restarted_kernel_gets_the_decisions_back(how: str, page: Page, lab: Lab, put: Callable[[str], str]) -> None:
    root = opened(page, lab, put(SMALL))
    root.get_by_label("Board", exact=True).select_option("nucleo-f446re")
    drawn(root, 1)
    seen = Steered(lab, root)
    if how == "restart":
        restart_kernel(seen)
    else:
        with kernel(lab, "mcu-lab") as client:
            process = evaluate(client, "__import__('os').getpid()")
        os.kill(process, signal.SIGKILL)
        wait_until_gone(process)
    opened_again(seen)
    expect(root.get_by_label("Board", exact=True)).to_have_value("nucleo-f446re")


def test_closing_the_panel_ends_its_kernel(page: Page, lab: Lab, put: Callable[[str], str]) -> None:
    opened(page, lab, put(SMALL))
    running = """async () => {
      const { kernels } = window.jupyterapp.serviceManager;
      await kernels.refreshRunning();
      return [...kernels.running()].length;
    }"""
    assert page.evaluate(running) == 1
    command(page, "application:close")
    page.wait_for_function(f"async () => (await ({running})()) === 0", timeout=READY_MS)


def test_a_plan_opens_with_its_own_board_and_decisions(page: Page, lab: Lab, put: Callable[[str], str]) -> None:
    session = Session.open(lab.files / put("swiftnet_cell_vww_uint8"), "stm32f746g-disco")
    session.apply(SetSchedule(replace(session.snapshot.decisions.schedule, alias=(0,)), "alias the split"))
    session.save(lab.files / "swift.mcuplan.json")
    root = opened(page, lab, "swift.mcuplan.json")
    expect(root.get_by_label("Board", exact=True)).to_have_value("stm32f746g-disco")
    assert shown_arena(root) == arena_bytes(session.plan)
    expect(root.locator(".mcu-row-note").first).to_have_text("free")


def test_nothing_stands_in_the_way_of_a_screen_reader(page: Page, lab: Lab, put: Callable[[str], str]) -> None:
    root = opened(page, lab, put(SMALL))
    root.get_by_label("Board", exact=True).select_option("teensy-41")
    drawn(root, 1)
    page.add_script_tag(path=ROOT / "labextension" / "node_modules" / "axe-core" / "axe.min.js")
    found = {}

    def look(what: str) -> None:
        page.wait_for_timeout(200)
        found[theme, what] = page.evaluate(
            "async () => (await axe.run('.mcu-panel')).violations.map(v => [v.id, v.nodes[0].html])"
        )

    for theme in (LIGHT, DARK, HIGH_CONTRAST):
        set_theme(page, theme)
        root.get_by_role("tab", name="Why this peak").click()
        root.get_by_role("button", name="Show it").click()
        look("operator")
        root.locator(".mcu-inspector .mcu-group", has_text="Writes").get_by_role("button").first.click()
        root.get_by_role("tab", name="History").click()
        look("buffer, history")
        root.get_by_role("tab", name="Graph").click()
        root.get_by_role("tab", name="Trade-offs").click()
        look("graph, trade-offs")
        root.get_by_role("tab", name="Memory").click()
        root.get_by_role("tab", name="Compare").click()
        root.get_by_label("Compare now with").select_option(label="0. open")
        root.get_by_label("side by side").check()
        root.get_by_role("region", name="The other plan").wait_for()
        look("side by side")
        root.get_by_label("Compare now with").select_option(label="nothing")
        root.get_by_role("button", name="What Fit may do").click()
        look("what Fit may do")
        page.keyboard.press("Escape")
    assert {at: violations for at, violations in found.items() if violations} == {}


def test_a_model_in_a_subfolder_is_found(page: Page, lab: Lab) -> None:
    folder = lab.files / "deep er" / "still"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(model_path(SMALL), folder / "mö del.tflite")
    open_lab(page, lab)
    command(page, "docmanager:open", path="deep er/still/mö del.tflite")
    page.locator(".mcu-root[data-state=ready]").wait_for(timeout=READY_MS)


def test_a_page_that_is_loaded_again_shows_the_panel_again(page: Page, lab: Lab, put: Callable[[str], str]) -> None:
    root = opened(page, lab, put(SMALL))
    arena = shown_arena(root)
    page.evaluate("() => window.jupyterapp.serviceManager.workspaces && new Promise(done => setTimeout(done, 1500))")
    page.goto(page.url)
    root = page.locator(".mcu-panel .mcu-root[data-state=ready]")
    root.wait_for(timeout=READY_MS)
    assert shown_arena(root) == arena
