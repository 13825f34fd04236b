"""A JupyterLab server of its own, and a Chromium that talks to nothing else."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
BUNDLE = ROOT / "mcu_lab" / "labextension"
CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
#: Which JupyterLab is driven; the one of this Python unless MCU_LAB_JUPYTER names another Python.
PYTHON = os.environ.get("MCU_LAB_JUPYTER", sys.executable)
LIGHT, DARK = "JupyterLab Light", "JupyterLab Dark"
HIGH_CONTRAST = "JupyterLab Dark High Contrast"


def chromium_path() -> str | None:
    """The system's Chromium, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass(frozen=True)
class Lab:
    """A running server. ``files`` is the folder it serves, ``runtime`` where it says how to reach its kernels."""

    url: str
    files: Path
    log: Path
    runtime: Path
    process: int


@contextmanager
def serve(home: Path, module: Literal["jupyterlab", "notebook"] = "jupyterlab") -> Iterator[Lab]:
    """JupyterLab or Notebook on a free port of the loopback, with everything it remembers below ``home``."""
    files, log = home / "files", home / "server.log"
    files.mkdir(parents=True)
    extensions = home / "labextensions"
    extensions.mkdir()
    (extensions / "mcu-lab").symlink_to(BUNDLE)
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(quiet), encoding="utf-8")
    port = free_port()
    command = [
        PYTHON, "-m", module, "--allow-root", "--no-browser", "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=",
        f"--ServerApp.root_dir={files}", "--LabApp.expose_app_in_browser=True", "--LabApp.news_url=",
        "--JupyterNotebookApp.expose_app_in_browser=True", f"--LabServerApp.extra_labextensions_path={extensions}",
    ]  # fmt: skip
    environment = isolated_environment(home)
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=files, env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/api/status", process, log)
        yield Lab(url, files, log, home / "runtime", process.pid)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def isolated_environment(home: Path) -> dict[str, str]:
    """The environment of a user who has never run Jupyter; kernels import this checkout."""
    folders = {
        "HOME": "home", "JUPYTER_CONFIG_DIR": "config", "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces", "IPYTHONDIR": "ipython", "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTER_DATA_DIR": "data",
    }  # fmt: skip
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "PYTEST"))}
    environment |= {name: str(home / folder) for name, folder in folders.items()}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment["PATH"] = os.pathsep.join([str(Path(PYTHON).parent), os.environ.get("PATH", "")])
    return environment


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 180) -> None:
    """Return when ``url`` answers; raise with the server's own words when it never does."""
    for _ in range(int(seconds / 0.2)):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"no JupyterLab at {url}:\n{log.read_text(encoding='utf-8')[-3000:]}")


@contextmanager
def browser() -> Iterator[Browser]:
    """The system's Chromium, headless."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@dataclass(frozen=True)
class Watched:
    """A page and everything about it that must stay empty."""

    page: Page
    errors: list[str]
    outside: list[str]


@contextmanager
def watched_page(context: BrowserContext) -> Iterator[Watched]:
    """A page that notes errors of scripts, errors on the console, and requests that leave the loopback."""
    page = context.new_page()
    watched = Watched(page, [], [])
    page.on("pageerror", lambda error: watched.errors.append(f"uncaught: {error}"))
    page.on(
        "console",
        lambda m: watched.errors.append(f"{m.text} ({m.location.get('url')})") if m.type == "error" else None,
    )

    def note(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1":
            watched.outside.append(url)

    page.on("request", lambda request: note(request.url))
    page.on("websocket", lambda socket_: note(socket_.url))
    yield watched
    page.close()


def open_lab(page: Page, lab: Lab, theme: str = LIGHT) -> None:
    """A fresh workspace, ready to be clicked in."""
    page.goto(f"{lab.url}/lab?reset")
    page.wait_for_function("() => window.jupyterapp !== undefined")
    page.evaluate("() => window.jupyterapp.restored")
    page.locator(".jp-DirListing-item").first.wait_for()
    if page.evaluate("() => document.body.dataset.jpThemeName") != theme:
        set_theme(page, theme)


def set_theme(page: Page, theme: str) -> None:
    command(page, "apputils:change-theme", theme=theme)
    page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)


def command(page: Page, name: str, **arguments: str) -> None:
    """Run one of JupyterLab's commands to its end. What it returns stays in the browser."""
    page.evaluate(
        "async ([name, args]) => { await window.jupyterapp.commands.execute(name, args); }", [name, arguments]
    )


def double_click(page: Page, name: str) -> None:
    """Open a file as a person does."""
    page.locator(".jp-DirListing-item", has_text=name).first.dblclick()
