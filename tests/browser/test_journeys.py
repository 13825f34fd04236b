"""Whole journeys: from a file to C that runs, and after each edit page, kernel and verifier agree."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.judges import READY_MS, Steered, built_and_run, newest_session, opened_again, restart_kernel, tab_to
from tests.browser.lab import DARK, HIGH_CONTRAST, LIGHT, ROOT, Lab, double_click, open_lab, set_theme
from tests.browser.memory import MOVES, used
from tests.browser.test_cell import notebook, run
from tests.browser.test_editing import drag, row
from tests.conftest import DATA

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = ROOT / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
#: Another theme changes nothing but colours.
VIOLATIONS = """async colours => {
  const options = colours ? { runOnly: ['color-contrast'] } : {};
  return (await axe.run('.mcu-panel', options)).violations.map(v => [v.id, v.nodes.map(n => n.html)]);
}"""
MODEL = "digits_two_branch_int8"


@pytest.fixture
def model(lab: Lab) -> str:
    """A fresh copy of a small network with two branches, and nothing that an earlier test left of it."""
    shutil.rmtree(lab.files / ".ipynb_checkpoints", ignore_errors=True)
    shutil.rmtree(lab.files / f"{MODEL}_firmware", ignore_errors=True)
    (lab.files / f"{MODEL}.mcuplan.json").unlink(missing_ok=True)
    return shutil.copyfile(DATA / f"{MODEL}.tflite", lab.files / f"{MODEL}.tflite").name


def test_with_the_mouse(page: Page, lab: Lab, model: str, shoot: Callable[[str], Path]) -> None:
    open_lab(page, lab)
    double_click(page, model)
    root = panel(page)
    seen = Steered(lab, root)
    steer(page, seen, shoot)
    kept = save(page, seen)

    page.wait_for_timeout(1500)  # Lab saves its layout a second later
    page.reload()
    root.wait_for(timeout=READY_MS)
    assert seen.agreed() == kept
    restart_kernel(seen)
    opened_again(seen)
    assert seen.agreed() == kept
    expect(root.get_by_role("tab", name="History (4)")).to_be_visible()
    search(page, seen, shoot)
    export(seen)


SHOW = """
from mcu_lab.session.session import Session
session = Session.open("{file}", "arduino-nano-33-ble")
session
"""


def test_from_a_notebook_cell(page: Page, lab: Lab, model: str, shoot: Callable[[str], Path]) -> None:
    """All of it goes in a cell too, but a restarted kernel has no session: its cells have to run again."""
    plan = f"{MODEL}.mcuplan.json"
    notebook(page, lab, SHOW.format(file=model), SHOW.format(file=plan))
    run(page, 0)
    root = page.locator(".mcu-cell .mcu-root[data-state=ready]")
    root.wait_for(timeout=READY_MS)
    seen = Steered(lab, root, "notebook")
    steer(page, seen, shoot)
    kept = save(page, seen)

    page.evaluate("() => window.notebook.context.save()")
    page.wait_for_timeout(1500)  # Lab saves its layout a second later
    page.reload()
    root.wait_for(timeout=READY_MS)
    assert seen.agreed() == kept

    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name=re.compile("^Restart Kernel…")).click()
    page.locator(".jp-Dialog .jp-mod-accept").click()
    expect(page.locator(".mcu-cell .mcu-notice").first).to_contain_text("Run the cell again", timeout=READY_MS)
    page.evaluate("() => { window.notebook = window.jupyterapp.shell.currentWidget; }")
    run(page, 1)
    root.wait_for(timeout=READY_MS)
    assert seen.agreed() == kept
    search(page, seen, shoot)
    export(seen)


def test_what_a_journey_passes_is_open_to_a_screen_reader(page: Page, lab: Lab, model: str) -> None:
    """A fit and its stage, trade-offs, a comparison, the sheets of Export and Save, and a refusal, in three themes."""
    open_lab(page, lab)
    double_click(page, model)
    root = panel(page)
    seen = Steered(lab, root)
    root.get_by_role("button", name="Fit", exact=True).click()
    seen.edited()
    root.get_by_role("tab", name="Trade-offs").click()
    root.get_by_role("button", name="Search trade-offs").click()
    root.locator(".mcu-dot").first.wait_for(timeout=READY_MS)
    page.add_script_tag(path=AXE)
    found = {}

    def look(what: str) -> None:
        page.wait_for_timeout(200)
        found[theme, what] = page.evaluate(VIOLATIONS, theme != LIGHT)

    for theme in (LIGHT, DARK, HIGH_CONTRAST):
        set_theme(page, theme)
        root.locator(".mcu-row-stage").first.click()
        expect(root.get_by_role("slider", name="Rows a step")).to_be_visible()
        root.get_by_role("tab", name="Trade-offs").click()
        look("stage, trade-offs")
        root.get_by_role("tab", name=re.compile("History")).click()
        root.locator(".mcu-history li").last.get_by_role("button", name="Compare").click()
        expect(root.locator(".mcu-compared")).to_contain_text("arena")
        look("compared")
        root.get_by_role("button", name="Export", exact=True).click()
        look("export")
        page.keyboard.press("Escape")
        root.get_by_role("button", name="Save under a name, revert").click()
        look("save")
        page.keyboard.press("Escape")
        root.locator(".mcu-row[data-index='10']").click()
        page.keyboard.press("Alt+ArrowUp")
        expect(root.locator(".mcu-refusal")).to_be_visible()
        look("refused")
    assert {at: violations for at, violations in found.items() if violations} == {}


def test_edits_leave_hardly_anything_behind(page: Page, lab: Lab, model: str) -> None:
    """The bar is 50 MB for 2,000 edits of a large model (benchmarks/bench_memory.py); a leak shows earlier."""
    open_lab(page, lab)
    double_click(page, model)
    root = panel(page)
    row(root, 2).click()
    page.evaluate(MOVES, [30, 1])
    before = used(page, lab)
    page.evaluate(MOVES, [120, 1])
    assert (used(page, lab) - before).total < 10
    for _ in range(3):
        page.keyboard.press("Control+z")
    Steered(lab, root, rev=150).edited(3)


def panel(page: Page) -> Locator:
    root = page.locator(".mcu-panel .mcu-root[data-state=ready]")
    root.wait_for(timeout=READY_MS)
    root.locator(".mcu-timeline[data-drawn-rev]").wait_for()
    return root


def steer(page: Page, seen: Steered, shoot: Callable[[str], Path]) -> None:
    """Read the peak, drag an operator, be refused, make a stage and slide its tiles, pin a buffer, undo those three."""
    root = seen.root
    whole = seen.agreed()
    expect(root.locator(".mcu-why")).to_contain_text(re.compile(r"step \d+"))
    root.get_by_role("button", name="Show it").click()
    expect(root.locator(".mcu-row.mcu-current")).to_have_class(re.compile("mcu-peak"))

    drag(page, row(root, 2), row(root, 1), drop=False)
    expect(root.locator(".mcu-drag-tip")).to_contain_text(re.compile("SRAM|no difference"))
    page.mouse.up()
    dragged = seen.edited()
    drag(page, row(root, 1), row(root, 0))
    expect(root.locator(".mcu-refusal")).to_contain_text("Order")
    assert seen.agreed() == dragged

    row(root, 0).click()
    row(root, 4).click(modifiers=["Shift"])
    root.get_by_role("button", name="Group", exact=True).click()
    staged = seen.edited()
    assert staged < whole
    slide(page, root.get_by_role("slider", name="Rows a step"))
    shoot("sliding")
    page.mouse.up()
    assert seen.edited() != staged

    x, y = point_at_a_buffer(page, root)
    page.mouse.click(x, y)
    expect(root.get_by_role("button", name="Pin here")).to_be_visible()
    page.mouse.down()
    page.mouse.move(x, y - 25, steps=3)
    expect(root.locator(".mcu-plot .mcu-tip")).to_contain_text(re.compile("SRAM|no difference"))
    page.mouse.up()
    seen.edited()
    expect(root.locator(".mcu-kind")).to_contain_text("pinned")
    shoot("pinned")
    for _ in range(3):
        root.get_by_role("button", name="Undo").click()
    assert seen.edited(3) == dragged


def slide(page: Page, slider: Locator) -> None:
    """Take a slider's knob from its lower end to a third of its way, and hold it there."""
    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2, steps=4)


def point_at_a_buffer(page: Page, root: Locator) -> tuple[float, float]:
    """Where in the timeline a buffer is, by what the tip says there."""
    canvas = root.locator(".mcu-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    tip = root.locator(".mcu-plot .mcu-tip", has_text="written by")
    for up in range(9, 0, -1):
        x, y = box["x"] + box["width"] * 0.6, box["y"] + box["height"] * up / 10
        page.mouse.move(x, y)
        page.wait_for_timeout(50)
        if tip.is_visible():
            return x, y
    raise AssertionError("no buffer where one was looked for")


def save(page: Page, seen: Steered) -> int:
    """Save from the toolbar: the file says what the kernel says. Returns the arena."""
    seen.root.get_by_role("button", name="Save", exact=False).first.click()
    expect(seen.root.locator(".mcu-dirty")).to_have_count(0, timeout=READY_MS)
    told = newest_session(seen.lab, seen.owner)
    assert told is not None
    assert (seen.lab.files / f"{MODEL}.mcuplan.json").read_text(encoding="utf-8") == told.text
    return told.arena_bytes


def search(page: Page, seen: Steered, shoot: Callable[[str], Path]) -> None:
    """Fit, take that back, pick a point among the trade-offs, and compare with what was opened."""
    root = seen.root
    before = seen.agreed()
    root.get_by_role("button", name="What Fit may do").click()
    root.get_by_label("stop after").fill("40")
    root.get_by_role("dialog").get_by_role("button", name="Fit", exact=True).click()
    fitted = seen.edited()
    assert fitted < before
    expect(root.locator(".mcu-proven")).to_be_visible()
    root.get_by_role("button", name="Undo").click()
    assert seen.edited() == before

    root.get_by_role("tab", name="Trade-offs").click()
    root.get_by_role("button", name="Search trade-offs").click()
    point = root.locator(".mcu-dot:not(.mcu-dot-now)").last
    point.wait_for(timeout=READY_MS)
    shoot("trade-offs")
    point.click()
    words = point.get_attribute("aria-label") or ""
    assert words.startswith(f"{seen.edited():,} B")

    root.get_by_role("tab", name=re.compile("History")).click()
    root.locator(".mcu-history li").last.get_by_role("button", name="Compare").click()
    expect(root.locator(".mcu-compared")).to_contain_text("arena")
    shoot("compared")


def export(seen: Steered) -> None:
    """Write firmware, build it for this machine, and let it test itself."""
    root = seen.root
    root.get_by_role("button", name="Export", exact=True).click()
    sheet = root.get_by_role("dialog", name="Export")
    sheet.get_by_role("button", name="Write").click()
    expect(sheet.get_by_role("status")).to_contain_text("Wrote", timeout=READY_MS)
    assert re.search("pass|same", built_and_run(seen.lab.files / f"{MODEL}_firmware"), re.IGNORECASE)


def test_by_keyboard_alone(page: Page, lab: Lab, model: str, shoot: Callable[[str], Path]) -> None:
    open_lab(page, lab)
    open_by_keys(page)
    root = panel(page)
    seen = Steered(lab, root)
    steer_by_keys(page, seen)
    shoot("steered")
    page.keyboard.press("Control+s")
    expect(root.locator(".mcu-dirty")).to_have_count(0, timeout=READY_MS)
    kept = seen.agreed()
    assert (lab.files / f"{MODEL}.mcuplan.json").is_file()

    page.wait_for_timeout(1500)  # Lab saves its layout a second later
    page.reload()
    root.wait_for(timeout=READY_MS)
    assert seen.agreed() == kept
    restart_kernel(seen)
    opened_again(seen)
    assert seen.agreed() == kept
    search_by_keys(page, seen)
    shoot("compared")
    export_by_keys(page, seen)


def open_by_keys(page: Page) -> None:
    """The palette's command, and in its dialog the file."""
    keys = page.keyboard
    keys.press("Control+Shift+c")
    expect(page.locator(".lm-CommandPalette-input")).to_be_focused()
    keys.type("Open model")
    page.locator(".lm-CommandPalette-item.lm-mod-active", has_text="Open model").wait_for()
    keys.press("Enter")
    tab_to(page.locator(".jp-Dialog .jp-DirListing-itemText"), back=True)
    chosen = page.locator(".jp-Dialog .jp-DirListing-item.jp-mod-selected", has_text=f"{MODEL}.tflite")
    for key in ["ArrowUp", *["ArrowDown"] * page.locator(".jp-Dialog .jp-DirListing-item").count()]:
        keys.press(key)
        if chosen.count():
            break
    keys.press("Enter")


def steer_by_keys(page: Page, seen: Steered) -> None:
    """Read the peak, move an operator, be refused, make a stage and slide its tiles, pin a buffer, undo those three."""
    root, keys = seen.root, page.keyboard
    whole = seen.agreed()
    tab_to(root.get_by_role("tab", name="Why this peak"))
    tab_to(root.get_by_role("button", name="Show it"))
    keys.press("Enter")
    expect(root.locator(".mcu-row.mcu-current")).to_have_class(re.compile("mcu-peak"))

    operators = root.get_by_role("listbox")
    tab_to(operators, back=True)
    for key in ("Home", "ArrowDown", "ArrowDown"):
        keys.press(key)
    expect(root.locator(".mcu-row.mcu-current")).to_have_attribute("data-index", "2")
    keys.down("Alt")
    keys.press("ArrowUp")
    expect(root.locator(".mcu-drag-tip")).to_contain_text(re.compile("SRAM|no difference"))
    keys.up("Alt")
    moved = seen.edited()
    keys.down("Alt")
    keys.press("ArrowUp")
    expect(root.locator(".mcu-drag-tip")).to_contain_text("not at 0")
    keys.up("Alt")
    expect(root.locator(".mcu-refusal")).to_contain_text("Order")
    assert seen.agreed() == moved

    for key in ("Home", *["Shift+ArrowDown"] * 4, "g"):
        keys.press(key)
    staged = seen.edited()
    assert staged < whole
    slider = root.get_by_role("slider", name="Rows a step")
    slider.wait_for()
    tab_to(slider)
    keys.press("ArrowRight")
    assert seen.edited() != staged
    expect(slider).to_be_focused()

    tab_to(root.locator(".mcu-canvas"), back=True)
    keys.press("ArrowUp")
    expect(root.get_by_role("button", name="Pin here")).to_be_visible()
    keys.press("Alt+ArrowUp")
    seen.edited()
    expect(root.locator(".mcu-kind")).to_contain_text("pinned")
    for _ in range(3):
        keys.press("Control+z")
    assert seen.edited(3) == moved


def search_by_keys(page: Page, seen: Steered) -> None:
    """Fit, take that back, pick a point among the trade-offs, and compare with what was opened."""
    root, keys = seen.root, page.keyboard
    before = seen.agreed()
    tab_to(root.get_by_role("button", name="What Fit may do"))
    keys.press("Enter")
    tab_to(root.get_by_label("stop after"))
    keys.press("Control+a")
    keys.type("40")
    tab_to(root.get_by_role("dialog").get_by_role("button", name="Fit", exact=True))
    keys.press("Enter")
    assert seen.edited() < before
    tab_to(root.get_by_role("button", name="Undo fit"))
    keys.press("Enter")
    assert seen.edited() == before

    tab_to(root.get_by_role("tab", name="Why this peak"))
    keys.press("ArrowLeft")  # round to the last tab
    expect(root.get_by_role("tab", name="Trade-offs")).to_be_focused()
    tab_to(root.get_by_role("button", name="Search trade-offs"))
    keys.press("Enter")
    point = root.locator(".mcu-dot:not(.mcu-dot-now)").last
    point.wait_for(timeout=READY_MS)
    tab_to(point)
    words = point.get_attribute("aria-label") or ""
    keys.press("Enter")
    assert words.startswith(f"{seen.edited():,} B")

    tab_to(root.get_by_role("tab", name="Trade-offs"), back=True)
    for _ in range(2):
        keys.press("ArrowLeft")
    tab_to(root.locator(".mcu-history li").last.get_by_role("button", name="Compare"))
    keys.press("Enter")
    expect(root.locator(".mcu-compared")).to_contain_text("arena")


def export_by_keys(page: Page, seen: Steered) -> None:
    """Write firmware, build it for this machine, and let it test itself."""
    root, keys = seen.root, page.keyboard
    opener = root.get_by_role("button", name="Export", exact=True)
    tab_to(opener, back=True)
    keys.press("Enter")
    sheet = root.get_by_role("dialog", name="Export")
    tab_to(sheet.get_by_role("button", name="Write"))
    keys.press("Enter")
    expect(sheet.get_by_role("status")).to_contain_text("Wrote", timeout=READY_MS)
    keys.press("Escape")
    expect(opener).to_be_focused()
    assert re.search("pass|same", built_and_run(seen.lab.files / f"{MODEL}_firmware"), re.IGNORECASE)
