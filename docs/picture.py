"""Take docs/pictures/panel.png: the panel in a real JupyterLab, after Fit. ``make picture`` runs this.

The model is MobileNetV2 for 160 by 160 pixels on a board with 128 KiB: whole tensors do not fit, parts of them do.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).parent
ROOT = DOCS.parent
MODEL = "mobilenetv2_035_160_int8.tflite"
BOARD = "nucleo-f446re"
SECONDS = "20"


def main() -> None:
    sys.path.insert(0, str(ROOT))
    from tests.browser.lab import browser, double_click, open_lab, serve

    models = Path(os.environ.get("MCU_LAB_MODELS", ROOT.parent / "shared" / "models"))
    with tempfile.TemporaryDirectory() as home, serve(Path(home)) as lab, browser() as chromium:
        shutil.copy(models / MODEL, lab.files / MODEL)
        page = chromium.new_page(viewport={"width": 1600, "height": 900}, device_scale_factor=1.5)
        open_lab(page, lab)
        double_click(page, MODEL)
        page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
        page.locator(".lm-TabBar-tab", has_text="Launcher").locator(".lm-TabBar-tabCloseIcon").click()
        panel = page.locator(".mcu-panel .mcu-root[data-state=ready]")
        panel.wait_for()
        panel.get_by_label("Board", exact=True).select_option(BOARD)
        panel.locator(".mcu-timeline[data-drawn-rev='1']").wait_for()
        panel.get_by_role("button", name="What Fit may do").click()
        panel.get_by_label("stop after").fill(SECONDS)
        panel.get_by_role("dialog").get_by_role("button", name="Fit", exact=True).click()
        panel.locator(".mcu-timeline[data-drawn-rev='2']").wait_for(timeout=120_000)
        panel.locator(".mcu-verified[data-kind=good]").wait_for()
        panel.locator(".mcu-row-stage .mcu-row-label").first.click()
        page.mouse.move(0, 0)
        page.wait_for_timeout(800)
        page.screenshot(path=DOCS / "pictures" / "panel.png")


if __name__ == "__main__":
    main()
