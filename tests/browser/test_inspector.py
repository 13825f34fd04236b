"""The inspector's choices: what they would do is told before they are made, and reasons are for people."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from mcu_lab.device import board
from tests.browser.lab import Lab
from tests.browser.test_editing import CHAIN, row
from tests.browser.test_panel import READY_MS, drawn, opened

pytestmark = pytest.mark.browser

BOARD = "stm32f746g-disco"


def test_a_constant_is_stored_in_another_memory(page: Page, lab: Lab, put: Callable[[str], str]) -> None:
    root = opened(page, lab, put(CHAIN))
    root.get_by_label("Board", exact=True).select_option(BOARD)
    drawn(root, 1)
    row(root, 2).click()
    inspector = root.locator(".mcu-inspector")
    inspector.get_by_role("button", name="constant").first.click()
    choices = inspector.get_by_role("group", name="Stored in")
    expect(choices.get_by_role("radio")).to_have_count(len(board(BOARD).memories))
    expect(choices.get_by_label("flash")).to_be_checked()
    choices.get_by_text("qspi").hover()
    expect(root.locator(".mcu-effect")).to_contain_text("constants −128 B")
    choices.get_by_label("qspi").check()
    drawn(root, 2)
    expect(root.locator(".mcu-row", has_text="qspi → sram")).to_have_count(1)
    expect(root.locator(".mcu-verified")).to_have_attribute("data-kind", "good", timeout=READY_MS)
    choices.get_by_label("flash").check()
    drawn(root, 3)
    expect(root.locator(".mcu-row", has_text="qspi → sram")).to_have_count(0)


def test_each_kind_of_stage_has_choices_of_its_own(page: Page, lab: Lab, put: Callable[[str], str]) -> None:
    root = opened(page, lab, put(CHAIN))
    row(root, 2).click()
    root.get_by_role("listbox").focus()
    for key in ("Shift+ArrowDown", "Shift+ArrowDown", "g"):
        page.keyboard.press(key)
    drawn(root, 1)
    root.get_by_label("apart").check()
    drawn(root, 2)
    root.get_by_label("tiles").check()
    drawn(root, 3)
    expect(root.get_by_label("apart")).to_have_count(0)
    root.get_by_label("make anew").check()
    drawn(root, 4)
    expect(root.locator(".mcu-row-stage")).to_contain_text("all made anew")
    root.get_by_label("rows", exact=True).check()
    drawn(root, 5)
    expect(root.get_by_label("in the ring")).to_be_checked()
    root.locator(".mcu-inspector .mcu-group", has_text="Operators").get_by_role("button").first.click()
    root.get_by_role("button", name="Part of a stage").click()
    expect(root.locator(".mcu-kind")).to_have_text("Stage of 3")
