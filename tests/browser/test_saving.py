"""Who else writes to a plan, moves it or deletes it is noticed in the page, and nothing is written over unasked."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from mcu_lab.session.session import Session
from tests.browser.judges import Steered, restart_kernel, tab_to
from tests.browser.kills import Fragile, fragile, reopened
from tests.browser.lab import DARK, LIGHT, Lab, command, double_click, open_lab, set_theme
from tests.browser.test_cell import notebook, run
from tests.browser.test_journeys import AXE, SHOW, VIOLATIONS
from tests.conftest import DATA

pytestmark = [pytest.mark.browser, pytest.mark.slow]

READY_MS = 120_000
MODEL = "digits_two_branch_int8.tflite"
PLAN = "digits_two_branch_int8.mcuplan.json"
BOXES = """root => ['.mcu-toolbar', '.mcu-metrics', '.mcu-canvas', '.mcu-list', '.mcu-save']
  .map(part => JSON.stringify(root.querySelector(part).getBoundingClientRect()))"""


@pytest.fixture
def plan(lab: Lab) -> Path:
    """A fresh plan of a small network, and nothing that an earlier test left of it."""
    for file in lab.files.iterdir():
        shutil.rmtree(file) if file.is_dir() else file.unlink()
    shutil.copy(DATA / MODEL, lab.files)
    return Session.open(lab.files / MODEL, "arduino-nano-33-ble").save(lab.files / PLAN)


def panel(page: Page) -> Locator:
    root = page.locator(".mcu-panel .mcu-root[data-state=ready]")
    root.wait_for(timeout=READY_MS)
    return root


def choose(root: Locator, board: str) -> None:
    rev = root.get_attribute("data-rev") or ""
    root.get_by_label("Board", exact=True).select_option(board)
    expect(root).not_to_have_attribute("data-rev", rev, timeout=READY_MS)


def by_others(plan: Path) -> str:
    text = plan.read_text().replace('"inputs": "resident"', '"inputs": "streamed"')
    plan.write_text(text)
    return text


def toast(root: Locator, words: str) -> Locator:
    found = root.locator(".mcu-toast", has_text=words)
    found.wait_for(timeout=READY_MS)
    return found


def test_what_others_wrote_is_asked_about(page: Page, lab: Lab, plan: Path, shoot: Callable[[str], Path]) -> None:
    open_lab(page, lab)
    double_click(page, PLAN)
    root = panel(page)
    choose(root, "teensy-41")
    before = root.evaluate(BOXES)
    text = by_others(plan)
    asked = toast(root, "was changed by another program")
    assert root.evaluate(BOXES) == before, "nothing moves"
    page.add_script_tag(path=AXE)
    for theme in (LIGHT, DARK):
        set_theme(page, theme)
        page.wait_for_timeout(300)
        assert page.evaluate(VIOLATIONS, False) == []
        shoot(theme)
    asked.get_by_role("button", name="Close").click()
    expect(asked).to_be_hidden()
    root.locator(".mcu-row").first.click()
    page.keyboard.press("Control+s")
    expect(asked).to_be_visible()
    command(page, "docmanager:save")
    assert plan.read_text() == text and page.locator(".jp-Dialog").count() == 0
    expect(root.get_by_role("button", name="Save !")).to_be_visible()
    tab_to(asked.get_by_role("button", name="Take theirs"))
    page.keyboard.press("Enter")
    expect(root.get_by_label("Input", exact=True)).to_have_value("streamed", timeout=READY_MS)
    expect(asked).to_be_hidden()
    root.get_by_role("button", name="Undo as another program wrote it").click()
    expect(root.get_by_label("Board", exact=True)).to_have_value("teensy-41", timeout=READY_MS)

    plan.unlink()
    toast(root, "is no longer in its folder").get_by_role("button", name="Write it again").click()
    expect(root.locator(".mcu-toast")).to_have_count(0, timeout=READY_MS)
    assert json.loads(plan.read_text())["device"] == "teensy-41"


def test_a_panel_whose_plan_was_not_saved_stays_open(page: Page, lab: Lab, plan: Path) -> None:
    open_lab(page, lab)
    double_click(page, PLAN)
    root = panel(page)
    choose(root, "teensy-41")
    text = by_others(plan)
    # JupyterLab leaves the refusal of a close to whoever refused.
    page.evaluate("() => window.addEventListener('unhandledrejection', event => event.preventDefault())")
    page.locator(".lm-TabBar-tab.lm-mod-current .lm-TabBar-tabCloseIcon").first.click()
    page.locator(".jp-Dialog").get_by_role("button", name="Save").click()
    toast(root, "was changed by another program").get_by_role("button", name="Save a copy").click()
    root.get_by_role("button", name="Save as").click()
    expect(root.locator(".mcu-dirty")).to_have_count(0, timeout=READY_MS)
    assert plan.read_text() == text
    assert json.loads((lab.files / PLAN.replace(".mcuplan", "-copy.mcuplan")).read_text())["device"] == "teensy-41"


RENAME = "([from, to]) => window.jupyterapp.serviceManager.contents.rename(from, to).then(() => undefined)"
FOLDER = "path => window.jupyterapp.serviceManager.contents.save(path, { type: 'directory' }).then(() => undefined)"


def test_a_panel_goes_with_its_files(page: Page, lab: Lab, plan: Path) -> None:
    """Renamed, moved, its model renamed, its folder renamed; each time the plan on disk names its model."""
    open_lab(page, lab)
    double_click(page, PLAN)
    root = panel(page)
    choose(root, "teensy-41")
    page.evaluate(FOLDER, "sub")
    moves = [(PLAN, "p.mcuplan.json"), ("p.mcuplan.json", "sub/p.mcuplan.json"), (MODEL, "m.tflite"), ("sub", "a (1)")]
    for old, new in moves:
        page.evaluate(RENAME, [old, new])
        page.wait_for_timeout(500)
    there = lab.files / "a (1)" / "p.mcuplan.json"
    page.wait_for_timeout(3000)
    assert root.locator(".mcu-toast").all_inner_texts() == []
    assert json.loads(there.read_text())["model"]["path"] == "../m.tflite"
    root.get_by_role("button", name="Save").first.click()
    expect(root.locator(".mcu-dirty")).to_have_count(0, timeout=READY_MS)
    assert json.loads(there.read_text())["device"] == "teensy-41"


def test_a_cell_says_that_its_kernel_is_another_and_offers_its_edits(page: Page, lab: Lab, plan: Path) -> None:
    notebook(page, lab, SHOW.format(file=MODEL))
    run(page, 0)
    root = page.locator(".mcu-cell .mcu-root[data-state=ready]")
    root.wait_for(timeout=READY_MS)
    choose(root, "teensy-41")
    restart_kernel(Steered(lab, root, "notebook"))
    expect(page.locator(".mcu-cell .mcu-notice").first).to_contain_text("Run the cell again", timeout=READY_MS)
    run(page, 0)
    root.wait_for(timeout=READY_MS)
    toast(root, "Another session left 1 edit unsaved").get_by_role("button", name="Bring back").click()
    expect(root.get_by_label("Board", exact=True)).to_have_value("teensy-41", timeout=READY_MS)


def test_a_model_that_was_saved_as_a_plan_goes_on_as_that_after_a_crash_of_the_server(
    chromium: Browser, tmp_path: Path
) -> None:
    with fragile(tmp_path / "lab") as server:
        shutil.copy(DATA / MODEL, server.lab.files)
        page = chromium.new_context(viewport={"width": 1440, "height": 860}).new_page()
        reopened(page, server.lab)
        double_click(page, MODEL)
        root = panel(page)
        choose(root, "teensy-41")
        root.get_by_role("button", name="Save").first.click()
        expect(root.locator(".mcu-dirty")).to_have_count(0, timeout=READY_MS)
        choose(root, "raspberry-pi-pico")
        page.wait_for_timeout(2500)  # Lab saves its layout a second later
        server.kill_server()
        page.reload()
        expect(panel(page).get_by_label("Board", exact=True)).to_have_value("raspberry-pi-pico", timeout=READY_MS)
        page.context.close()


def test_a_kernel_that_crashes_again_while_it_starts_is_reached(page: Page, lab: Lab, plan: Path) -> None:
    """Its ports may be others then, and nobody says so."""
    open_lab(page, lab)
    double_click(page, PLAN)
    root = panel(page)
    choose(root, "teensy-41")
    Fragile(lab).kill_kernel_twice()
    page.wait_for_timeout(4000)
    root.wait_for(timeout=READY_MS)
    expect(root.get_by_label("Board", exact=True)).to_have_value("teensy-41", timeout=READY_MS)
