"""A panel and a notebook on one kernel: panel, cell and Python are one session, whichever of them comes and goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab import DARK, Lab, command, set_theme
from tests.browser.test_cell import SHOW, notebook, run
from tests.browser.test_commands import palette
from tests.browser.test_panel import READY_MS, drawn, opened

pytestmark = pytest.mark.browser

SMALL = "mlperf_kws_dscnn_int8"
#: Appends a cell to the notebook in front, runs it, and returns what it shows.
RUN = """async source => {
  const notebook = [...window.jupyterapp.shell.widgets('main')].find(w => w.context?.path.endsWith('.ipynb'));
  const { model } = notebook.content;
  const at = model.cells.length;
  model.sharedModel.insertCell(at, { cell_type: 'code', source });
  const future = notebook.sessionContext.session.kernel.requestExecute({ code: source });
  let shown = '';
  future.onIOPub = ({ header, content }) => {
    shown += header.msg_type === 'execute_result' ? content.data['text/plain'] : content.evalue ?? '';
  };
  await future.done;
  return shown;
}"""
KERNELS = """async () => {
  await window.jupyterapp.serviceManager.kernels.refreshRunning();
  return [...window.jupyterapp.serviceManager.kernels.running()].map(k => k.id);
}"""
RESTART = """() => {
  const notebook = [...window.jupyterapp.shell.widgets('main')].find(w => w.context?.path.endsWith('.ipynb'));
  void notebook.sessionContext.restartKernel();
}"""
CLOSE = """end => [...window.jupyterapp.shell.widgets('main')].find(w => w.context?.path.endsWith(end)).close()"""


def python(page: Page, source: str) -> Any:
    return page.evaluate(RUN, source)


def linked(page: Page, lab: Lab, name: str) -> tuple[Locator, Locator]:
    """The panel and the cell's view of the notebook that was opened from it."""
    root = opened(page, lab, name)
    root.get_by_label("Input", exact=True).select_option("streamed")
    drawn(root, 1)
    root.get_by_role("button", name="Open a notebook on this session").click()
    cell = page.locator(".mcu-cell .mcu-root[data-state=ready]")
    cell.wait_for(timeout=READY_MS)
    root.wait_for(timeout=READY_MS)
    return root, cell


def test_panel_cell_and_python_are_one_session(
    page: Page, lab: Lab, put: Callable[[str], str], shoot: Callable[[str], Path]
) -> None:
    root, cell = linked(page, lab, put(SMALL))
    assert len(page.evaluate(KERNELS)) == 1
    drawn(cell, 1)
    expect(cell.get_by_label("Input", exact=True)).to_have_value("streamed")
    cell.get_by_label("Board", exact=True).select_option("nucleo-f446re")
    drawn(root, 2)
    expect(root.get_by_label("Board", exact=True)).to_have_value("nucleo-f446re")
    root.get_by_label("Board", exact=True).select_option("teensy-41")
    drawn(cell, 3)
    assert python(page, "session.snapshot.device.id, session.snapshot.rev") == "('teensy-41', 3)"
    python(page, "session.undo()")
    drawn(root, 4)
    drawn(cell, 4)
    shoot("light")
    set_theme(page, DARK)
    page.wait_for_timeout(300)
    shoot("dark")


def test_the_session_outlives_either_door(page: Page, lab: Lab, put: Callable[[str], str]) -> None:
    name = put(SMALL)
    root, cell = linked(page, lab, name)
    kernels = page.evaluate(KERNELS)
    page.evaluate(CLOSE, name)
    expect(page.locator(".mcu-panel")).to_have_count(0)
    cell.get_by_label("Board", exact=True).select_option("nucleo-f446re")
    drawn(cell, 2)
    command(page, "docmanager:open", path=name)
    drawn(root, 2)
    expect(root.get_by_label("Board", exact=True)).to_have_value("nucleo-f446re")

    command(page, "docmanager:save-all")
    page.evaluate(CLOSE, ".ipynb")
    expect(page.locator(".jp-Notebook")).to_have_count(0)
    root.wait_for(timeout=READY_MS)
    root.get_by_role("button", name="Undo").click()
    drawn(root, 3)
    root.get_by_role("button", name="which works on this same session").click()
    page.locator(".jp-Notebook").wait_for()
    root.wait_for(timeout=READY_MS)
    assert python(page, "session.snapshot.rev") == "3"
    python(page, "session.redo()")
    drawn(root, 4)
    assert page.evaluate(KERNELS) == kernels


def test_a_reloaded_page_and_a_restarted_kernel_find_each_other_again(
    page: Page, lab: Lab, put: Callable[[str], str]
) -> None:
    root, _ = linked(page, lab, put(SMALL))
    command(page, "docmanager:save-all")
    command(page, "application:activate-next-tab")
    page.wait_for_timeout(2_000)
    page.goto(f"{lab.url}/lab")
    page.wait_for_function("() => window.jupyterapp !== undefined")
    page.evaluate("() => window.jupyterapp.restored")
    root.wait_for(timeout=READY_MS)
    drawn(root, 1)
    assert len(page.evaluate(KERNELS)) == 1
    assert python(page, "session.undo(); session.snapshot.rev") == "2"
    drawn(root, 2)

    page.evaluate(RESTART)
    page.locator(".mcu-panel .mcu-root[data-state=waiting]").wait_for()
    root.wait_for(timeout=READY_MS)
    expect(root.get_by_role("button", name="Redo input streamed")).to_be_enabled()
    python(page, f"import mcu_lab; session = mcu_lab.live_session('{SMALL}.tflite'); session.redo()")
    expect(root.get_by_label("Input", exact=True)).to_have_value("streamed")


def test_the_palette_opens_the_notebook(page: Page, lab: Lab, put: Callable[[str], str]) -> None:
    root = opened(page, lab, put(SMALL))
    palette(page, "Open session in notebook")
    page.locator(".mcu-cell .mcu-root[data-state=ready]").wait_for(timeout=READY_MS)
    expect(root.locator(".mcu-door")).to_contain_text(".ipynb")


def test_a_session_of_a_cell_opens_in_a_panel(page: Page, lab: Lab, put: Callable[[str], str]) -> None:
    name = put(SMALL)
    notebook(page, lab, SHOW.format(name=name))
    run(page, 0)
    cell = page.locator(".mcu-cell .mcu-root[data-state=ready]")
    cell.wait_for(timeout=READY_MS)
    cell.get_by_label("Board", exact=True).select_option("teensy-41")
    drawn(cell, 1)
    cell.get_by_role("button", name="Open this session in a panel").click()
    root = page.locator(".mcu-panel .mcu-root[data-state=ready]")
    root.wait_for(timeout=READY_MS)
    drawn(root, 1)
    expect(root.get_by_label("Board", exact=True)).to_have_value("teensy-41")
    assert len(page.evaluate(KERNELS)) == 1
    root.get_by_label("Input", exact=True).select_option("streamed")
    drawn(root, 2)
    assert python(page, "session.snapshot.rev, session.undo().rev") == "(2, 3)"
    drawn(root, 3)
    drawn(cell, 3)
