"""The same where JupyterLab is set up differently, and in Jupyter Notebook."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import lab as running
from tests.browser.judges import READY_MS, Steered
from tests.browser.lab import Lab, double_click, open_lab, serve, watched_page
from tests.browser.test_editing import drag, row
from tests.conftest import DATA

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Notebook 7.6 says so on every page, whatever is installed.
NOTEBOOKS_OWN = "reading 'schema'"
MODEL = DATA / "digits_two_branch_int8.tflite"


def steer(seen: Steered) -> None:
    """Drag, be refused, make a stage, take it back."""
    root = seen.root
    whole = seen.agreed()
    drag(root.page, row(root, 2), row(root, 1))
    dragged = seen.edited()
    drag(root.page, row(root, 1), row(root, 0))
    expect(root.locator(".mcu-refusal")).to_contain_text("Order")
    row(root, 0).click()
    row(root, 4).click(modifiers=["Shift"])
    root.get_by_role("button", name="Group", exact=True).click()
    assert seen.edited() < whole
    root.get_by_role("button", name="Undo").click()
    assert seen.edited() == dragged


def test_without_subshells(page: Page, lab: Lab) -> None:
    """Comm messages then come to the kernel's main thread."""
    shutil.copyfile(MODEL, lab.files / MODEL.name)
    settings = (
        lab.files.parent / "settings" / "@jupyterlab" / "apputils-extension" / "kernels-settings.jupyterlab-settings"
    )
    settings.write_text(json.dumps({"commsOverSubshells": "disabled"}), encoding="utf-8")
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(str(frame))))
    try:
        open_lab(page, lab)
        double_click(page, MODEL.name)
        root = page.locator(".mcu-panel .mcu-root[data-state=ready]")
        root.wait_for(timeout=READY_MS)
        steer(Steered(lab, root))
    finally:
        settings.unlink()
    assert any("comm_msg" in frame for frame in sent)
    assert not any("create_subshell_request" in frame for frame in sent)


@pytest.fixture
def notebook_7(tmp_path: Path) -> Iterator[Lab]:
    if sys.executable == running.PYTHON and find_spec("notebook") is None:
        pytest.skip("Jupyter Notebook is not installed: pip install notebook")
    with serve(tmp_path / "notebook", "notebook") as server:
        yield server


def test_in_notebook_7(chromium: Browser, notebook_7: Lab) -> None:
    """A model opens from the file list in a page of its own, and a session shows in a cell."""
    lab = notebook_7
    shutil.copyfile(MODEL, lab.files / MODEL.name)
    code = f"from mcu_lab.session.session import Session\nSession.open('{MODEL.name}', 'arduino-nano-33-ble')"
    cell = {"cell_type": "code", "execution_count": None, "id": "a", "metadata": {}, "outputs": [], "source": code}
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    book = {"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (lab.files / "cell.ipynb").write_text(json.dumps(book), encoding="utf-8")
    context = chromium.new_context(viewport={"width": 1440, "height": 860})
    with watched_page(context) as watched:
        page = watched.page
        page.goto(f"{lab.url}/tree")
        with context.expect_page() as opened:
            double_click(page, MODEL.name)
        opened.value.wait_for_url(f"{lab.url}/edit/{MODEL.name}")
        opened.value.close()
        page.goto(f"{lab.url}/edit/{MODEL.name}")
        root = page.locator(".mcu-panel .mcu-root[data-state=ready]")
        root.wait_for(timeout=READY_MS)
        steer(Steered(lab, root))

        page.goto(f"{lab.url}/notebooks/cell.ipynb")
        page.wait_for_function("() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel")
        page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.info")
        page.locator(".jp-Cell .cm-content").first.click()
        page.keyboard.press("Shift+Enter")
        root = page.locator(".mcu-cell .mcu-root[data-state=ready]")
        root.wait_for(timeout=READY_MS)
        steer(Steered(lab, root, "notebook"))
    context.close()
    assert [e for e in watched.errors if NOTEBOOKS_OWN not in e] == []
    assert watched.outside == []
