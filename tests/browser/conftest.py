"""One server and one Chromium for all browser tests; a page and a folder of files for each."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import lab as running
from tests.browser.lab import BUNDLE, Lab
from tests.conftest import model_path

#: JupyterLab's debugger says so when a notebook closes while it asks its kernel.
JUPYTERS_OWN = (
    "Could not restore the debugger state",
    "Canceled future for kernel_info_request message before replies were done",  # JupyterLab's own, as a kernel ends
)


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    if not (BUNDLE / "static" / "style.js").is_file():
        pytest.fail("the front end is not built: run `npm ci && npm run build:prod` in labextension/")
    folder = tempfile.TemporaryDirectory(prefix="mcu-lab-browser-", ignore_cleanup_errors=True)
    with folder as home, running.serve(Path(home) / "lab") as lab:
        yield lab


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if running.chromium_path() is None:
        pytest.skip("no Chromium on this machine: install the system package `chromium`")
    with running.browser() as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser, lab: Lab) -> Iterator[Page]:
    """An empty JupyterLab; afterwards, nothing may have gone wrong in it and nothing may have left the machine."""
    context = chromium.new_context(viewport={"width": 1440, "height": 860})
    with running.watched_page(context) as watched:
        yield watched.page
        shut_down(watched.page, lab)
    context.close()
    assert [e for e in watched.errors if not any(own in e for own in JUPYTERS_OWN)] == []
    assert watched.outside == []


def shut_down(page: Page, lab: Lab) -> None:
    """End what the test left running. The server is asked from here: a page that closes a panel ends its kernel too,
    and whoever comes second is told 404, which the page would note as an error."""
    page.evaluate("() => window.jupyterapp.commands.execute('application:close-all')")
    token = next((c["value"] for c in page.context.cookies() if c["name"] == "_xsrf"), "")
    for kind in ("sessions", "kernels"):
        for running_one in page.request.get(f"{lab.url}/api/{kind}").json():
            page.request.delete(f"{lab.url}/api/{kind}/{running_one['id']}", headers={"X-XSRFToken": token})


@pytest.fixture
def put(lab: Lab) -> Callable[[str], str]:
    """Copies a model into the served folder, without what an earlier test left of it; returns its file name."""
    shutil.rmtree(lab.files / ".ipynb_checkpoints", ignore_errors=True)

    def copy(name: str) -> str:
        source = model_path(name)
        for left in lab.files.glob(f"{name}*.mcuplan.json"):
            left.unlink()
        shutil.copyfile(source, lab.files / source.name)
        return source.name

    return copy


@pytest.fixture
def shoot(page: Page, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Path]:
    """Saves a screenshot, for people. MCU_LAB_SCREENSHOTS names a folder to keep them in."""
    folder = Path(os.environ.get("MCU_LAB_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)

    def save(label: str) -> Path:
        test = re.sub(r"\W+", "-", request.node.name).strip("-")
        path = folder / f"{test}--{label}.png"
        page.screenshot(path=path)
        return path

    return save
