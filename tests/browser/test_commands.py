"""The panel's doors in JupyterLab: launcher, palette, and the file browser's context menu."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from mcu_lab.graph.tflite_read import read_tflite
from tests.browser.judges import shown_arena
from tests.browser.lab import Lab, command, open_lab
from tests.browser.test_panel import READY_MS, drawn, opened
from tests.conftest import model_path

pytestmark = pytest.mark.browser

SMALL = "mlperf_kws_dscnn_int8"


def palette(page: Page, words: str) -> None:
    """Choose a command as a person does: open the palette, type, press Enter."""
    command(page, "apputils:activate-command-palette")
    page.locator(".lm-CommandPalette-input").fill(words)
    page.locator(".lm-CommandPalette-item.lm-mod-active", has_text=words).wait_for()
    page.keyboard.press("Enter")


def test_the_launcher_opens_a_model_that_is_picked_from_the_folders(
    page: Page, lab: Lab, put: Callable[[str], str]
) -> None:
    name = put(SMALL)
    (lab.files / "notes.txt").write_text("no model")
    open_lab(page, lab)
    page.locator(".jp-LauncherCard", has_text="Open model").click()
    dialog = page.locator(".jp-Dialog")
    dialog.locator(".jp-DirListing-item", has_text=name).first.click()
    expect(dialog.locator(".jp-DirListing-item", has_text="notes.txt")).to_have_count(0)
    dialog.locator(".jp-mod-accept").click()
    root = page.locator(".mcu-panel .mcu-root[data-state=ready]")
    root.wait_for(timeout=READY_MS)
    expect(root.locator(".mcu-model")).to_have_text(read_tflite(model_path(SMALL)).name)


def test_the_context_menu_of_a_model_opens_it(page: Page, lab: Lab, put: Callable[[str], str]) -> None:
    name = put(SMALL)
    open_lab(page, lab)
    page.locator(".jp-DirListing-item", has_text=name).first.click(button="right")
    page.locator(".lm-Menu-item", has_text="Plan memory with mcu_lab").click()
    page.locator(".mcu-panel .mcu-root[data-state=ready]").wait_for(timeout=READY_MS)


def test_the_palette_works_on_the_panel_in_front(page: Page, lab: Lab, put: Callable[[str], str]) -> None:
    root = opened(page, lab, put(SMALL))
    before = shown_arena(root)
    root.get_by_label("Input", exact=True).select_option("streamed")
    drawn(root, 1)
    palette(page, "Undo in panel")
    drawn(root, 2)
    assert shown_arena(root) == before
    palette(page, "Redo in panel")
    drawn(root, 3)
    expect(root.get_by_label("Input", exact=True)).to_have_value("streamed")
    palette(page, "Verify: show what")
    expect(root.get_by_role("tab", name="Problems")).to_have_attribute("aria-selected", "true")
