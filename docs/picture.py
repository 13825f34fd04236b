"""Take docs/pictures/panel.png: the panel in a real JupyterLab, after Fit. ``make picture`` runs this.

The model is SwiftNet Cell for visual wake words on a board with 320 KiB: it does not fit in the order of its file.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).parent
ROOT = DOCS.parent
MODEL = "swiftnet_cell_vww_uint8.tflite"
BOARD = "stm32f746g-disco"


def main() -> None:
    sys.path.insert(0, str(ROOT))
    from tests.browser.lab import browser, double_click, open_lab, serve

    models = Path(os.environ.get("MCU_LAB_MODELS", ROOT.parent / "shared" / "models"))
    with tempfile.TemporaryDirectory() as home, serve(Path(home)) as lab, browser() as chromium:
        shutil.copy(models / MODEL, lab.files / MODEL)
        page = chromium.new_page(viewport={"width": 1360, "height": 800}, device_scale_factor=1.5)
        open_lab(page, lab)
        double_click(page, MODEL)
        page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
        panel = page.locator(".mcu-panel .mcu-root[data-state=ready]")
        panel.wait_for()
        panel.locator("select").first.select_option(BOARD)
        panel.locator(".mcu-timeline[data-drawn-rev='1']").wait_for()
        panel.get_by_role("button", name="Fit", exact=True).click()
        panel.locator(".mcu-timeline[data-drawn-rev='2']").wait_for(timeout=120_000)
        panel.locator(".mcu-verified[data-kind=good]").wait_for()
        page.wait_for_timeout(800)
        page.screenshot(path=DOCS / "pictures" / "panel.png")


if __name__ == "__main__":
    main()
