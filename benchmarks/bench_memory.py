"""What 2,000 edits cost in memory: kernel, Jupyter server and page, each edit an entry of the history.

An operator is moved to and fro in a real Chromium on a stock JupyterLab server; some edits are undone in the end.
Wants the bundle in mcu_lab/labextension and a Chromium.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.lab import browser, chromium_path, double_click, open_lab, serve, watched_page  # noqa: E402
from tests.browser.memory import MOVES, used  # noqa: E402

MODEL = "kws_basic_lstm_unrolled_int8"
#: Where an operator stands that may move up by so many places.
PLACE, PLACES = 7, 5
WARM, EDITS, UNDONE, ROUNDS = 50, 2_000, 100, 4


def main() -> None:
    """Print what each of the three uses before, meanwhile and after."""
    models = Path(os.environ.get("MCU_LAB_MODELS", ROOT.parent / "shared" / "models"))
    source = models / f"{MODEL}.tflite"
    if not source.is_file() or chromium_path() is None:
        print(f"skipped: needs {MODEL} in MCU_LAB_MODELS and the system package chromium")
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home, serve(Path(home) / "lab") as lab:
        shutil.copyfile(source, lab.files / source.name)
        with browser() as chromium, watched_page(chromium.new_context()) as watched:
            page = watched.page
            open_lab(page, lab)
            double_click(page, source.name)
            page.locator(".mcu-timeline[data-drawn-rev]").wait_for(timeout=60_000)
            page.locator(f".mcu-row[data-index='{PLACE}']").click()
            page.evaluate(MOVES, [WARM, PLACES])
            before = used(page, lab)
            print(f"{MODEL}, MB         kernel  server  page")
            show("before", before)
            for done in range(EDITS // ROUNDS, EDITS + 1, EDITS // ROUNDS):
                page.evaluate(MOVES, [EDITS // ROUNDS, PLACES])
                show(f"{done:,} edits", used(page, lab))
            for _ in range(UNDONE):
                page.keyboard.press("Control+z")
            page.locator(f".mcu-timeline[data-drawn-rev='{WARM + EDITS + UNDONE}']").wait_for(timeout=60_000)
            after = used(page, lab)
            show(f"{UNDONE} undone", after)
            print(f"grown by {(after - before).total:.1f} MB in total")


def show(what: str, now) -> None:
    print(f"{what:36s} {now.kernel:6.1f}  {now.server:6.1f} {now.page:5.1f}", flush=True)


if __name__ == "__main__":
    main()
