"""A graph that holds more than its outputs need, rewritten in the panel: by keyboard, with the selection kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.graph.tflite_write import write_tflite
from mcu_lab.rewriting import RemoveUnread, numbers_of
from mcu_lab.session.rewriting import rewrite_infos
from tests.browser.judges import READY_MS, Steered
from tests.browser.lab import Lab
from tests.browser.test_editing import row
from tests.browser.test_panel import opened
from tests.conftest import DATA
from tests.rewriting.models import with_outputs

pytestmark = pytest.mark.browser

NEEDED = "mlperf_kws_dscnn_int8"
LABEL = "Remove what no output needs"


def put_more(lab: Lab) -> Path:
    """A model in which operators that nobody needs stand before some that are needed."""
    whole = read_tflite(DATA / "digits_two_branch_int8.tflite")
    for last in whole.operators:
        graph = with_outputs(whole, last.outputs[0])
        if any(old != new for old, new in numbers_of(graph, (), (RemoveUnread(),)).operators.items()):
            break
    path = lab.files / "more.tflite"
    for left in lab.files.glob("more*.mcuplan.json"):
        left.unlink()
    path.write_bytes(write_tflite(graph))
    return path


def control(root: Locator) -> Locator:
    return root.get_by_role("dialog", name="What Fit may do").get_by_label(LABEL)


def test_what_no_output_needs_is_removed_by_keyboard_and_brought_back(page: Page, lab: Lab) -> None:
    file = put_more(lab)
    graph = read_tflite(file)
    (info,) = rewrite_infos(graph, ())
    numbers = numbers_of(graph, (), (RemoveUnread(),))
    old, new = next((old, new) for old, new in numbers.operators.items() if old != new)
    root = opened(page, lab, file.name)
    seen = Steered(lab, root)
    before = seen.agreed()
    row(root, old).click()
    opener = root.get_by_role("button", name="What Fit may do")
    place = opener.bounding_box()
    opener.focus()
    page.keyboard.press("Enter")
    expect(control(root)).not_to_be_checked()
    expect(root.locator(".mcu-rewrites")).to_contain_text(f"{info.words}; changes no output byte")
    control(root).focus()
    page.keyboard.press("Space")
    after = seen.edited()
    assert after <= before
    expect(control(root)).to_be_checked()
    expect(control(root)).to_be_focused()
    expect(root.locator(f".mcu-row[data-op='{new}'][aria-selected='true']")).to_have_count(1)
    expect(root.locator(".mcu-inspected")).to_contain_text(f"({old} in the file)")
    assert opener.bounding_box() == place, "nothing has moved"
    page.keyboard.press("Escape")
    page.keyboard.press("Control+z")
    assert seen.edited() == before
    expect(root.locator(f".mcu-row[data-op='{old}'][aria-selected='true']")).to_have_count(1)
    page.keyboard.press("Control+y")
    assert seen.edited() == after


def test_where_everything_is_needed_nothing_is_offered(page: Page, lab: Lab, put: Callable[[str], str]) -> None:
    root = opened(page, lab, put(NEEDED))
    root.get_by_role("button", name="What Fit may do").click()
    expect(root.get_by_label("stop after")).to_be_visible(timeout=READY_MS)
    expect(root.locator(".mcu-rewrites")).to_be_hidden()
