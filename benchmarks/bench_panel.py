"""From double-click to drawn timeline, in a real Chromium on a warm JupyterLab server.

Each round opens the model in a fresh panel with a kernel of its own, closes it, and shuts the kernel down; the first
round only warms server and browser and is left out. Wants the bundle in mcu_lab/labextension and a Chromium.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.lab import browser, chromium_path, command, double_click, open_lab, serve, watched_page  # noqa: E402

MODEL = "mobilenetv2_100_224_int8"
ROUNDS = 7


def main() -> None:
    """Print the median and the slowest of all rounds."""
    models = Path(os.environ.get("MCU_LAB_MODELS", ROOT.parent / "shared" / "models"))
    source = models / f"{MODEL}.tflite"
    if not source.is_file() or chromium_path() is None:
        print(f"skipped: needs {MODEL} in MCU_LAB_MODELS and the system package chromium")
        return
    seconds = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home, serve(Path(home) / "lab") as lab:
        shutil.copyfile(source, lab.files / source.name)
        with browser() as chromium, watched_page(chromium.new_context()) as watched:
            page = watched.page
            open_lab(page, lab)
            for _ in range(ROUNDS + 1):
                began = time.perf_counter()
                double_click(page, source.name)
                page.locator(".mcu-timeline[data-drawn-rev]").wait_for(timeout=60_000)
                seconds.append(time.perf_counter() - began)
                command(page, "application:close")
                page.locator(".mcu-panel").wait_for(state="detached")
                page.wait_for_timeout(1500)
    warm = seconds[1:]
    print(f"{MODEL}: double-click to drawn timeline, {ROUNDS} rounds on a warm server")
    print(f"median {statistics.median(warm):.2f} s, slowest {max(warm):.2f} s (first, cold: {seconds[0]:.2f} s)")
    print(f"load average of the machine meanwhile: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
