"""The same view in a notebook cell, live with the session it shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.lab import DARK, Lab, open_lab, set_theme

pytestmark = pytest.mark.browser

READY_MS = 30_000

SHOW = """
from mcu_lab.session.session import Session
from mcu_lab.widgets import show
session = Session.open("{name}", "arduino-nano-33-ble")
show(session)
"""
MAKE = """async ([...codes]) => {
  const { commands } = window.jupyterapp;
  const notebook = await commands.execute('notebook:create-new', { kernelName: 'python3' });
  await notebook.sessionContext.ready;
  await notebook.sessionContext.session.kernel.info;
  window.notebook = notebook;
  const { sharedModel } = notebook.content.model;
  sharedModel.insertCells(0, codes.map(source => ({ cell_type: 'code', source })));
}"""
RUN = """async index => {
  const { content } = window.notebook;
  content.activeCellIndex = index;
  content.deselectAll();
  await window.jupyterapp.commands.execute('notebook:run-cell');
}"""


def notebook(page: Page, lab: Lab, *codes: str) -> None:
    open_lab(page, lab)
    page.evaluate(MAKE, list(codes))


def run(page: Page, cell: int) -> None:
    page.evaluate(RUN, cell)


def output(page: Page, cell: int) -> Any:
    return page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".jp-OutputArea-output")


def test_a_session_shows_in_a_cell_and_follows_python(
    page: Page, lab: Lab, put: Callable[[str], str], shoot: Callable[[str], Path]
) -> None:
    edit = "from mcu_lab.session.edits import SetDevice\nsession.apply(SetDevice('nucleo-f446re')).rev"
    notebook(page, lab, SHOW.format(name=put("mlperf_vww_mobilenetv1_int8")), edit, "session.snapshot.device.id")
    run(page, 0)
    root = page.locator(".mcu-cell .mcu-root[data-state=ready]")
    root.wait_for(timeout=READY_MS)
    root.locator(".mcu-timeline[data-drawn-rev='0']").wait_for()
    shoot("light")
    run(page, 1)
    expect(output(page, 1)).to_have_text("1", timeout=READY_MS)
    root.locator(".mcu-timeline[data-drawn-rev='1']").wait_for()
    expect(root.get_by_label("Board", exact=True)).to_have_value("nucleo-f446re")

    root.get_by_label("Board", exact=True).select_option("teensy-41")
    root.locator(".mcu-timeline[data-drawn-rev='2']").wait_for()
    run(page, 2)
    expect(output(page, 2)).to_have_text("'teensy-41'", timeout=READY_MS)
    set_theme(page, DARK)
    page.wait_for_timeout(300)
    shoot("dark")


def test_letters_typed_in_the_view_do_not_command_the_notebook(page: Page, lab: Lab, put: Callable[[str], str]) -> None:
    notebook(page, lab, SHOW.format(name=put("mlperf_kws_dscnn_int8")), "1 + 1")
    run(page, 0)
    root = page.locator(".mcu-cell .mcu-root[data-state=ready]")
    root.wait_for(timeout=READY_MS)
    count = "() => window.notebook.content.widgets.length"
    before = page.evaluate(count)
    for target in (
        root.locator(".mcu-canvas"),
        root.get_by_role("listbox"),
        root.get_by_role("button", name="Fit", exact=True),
    ):
        target.focus()
        for key in ("a", "b", "d", "d", "m"):
            page.keyboard.press(key)
    assert page.evaluate(count) == before


def test_a_bare_wheel_scrolls_the_notebook_and_ctrl_zooms(page: Page, lab: Lab, put: Callable[[str], str]) -> None:
    notebook(page, lab, SHOW.format(name=put("mlperf_kws_dscnn_int8")), *["1"] * 40)
    run(page, 0)
    root = page.locator(".mcu-cell .mcu-root[data-state=ready]")
    root.wait_for(timeout=READY_MS)
    root.locator(".mcu-timeline[data-drawn-rev]").wait_for()
    top = "() => document.querySelector('.mcu-cell').getBoundingClientRect().top"
    box = root.locator(".mcu-canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    before = page.evaluate(top)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    page.wait_for_timeout(300)
    assert page.evaluate(top) == before
    page.mouse.wheel(0, 200)
    page.wait_for_function(f"before => ({top})() < before", arg=before)
