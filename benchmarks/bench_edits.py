"""From an edit to its repaint, in a real Chromium on a stock JupyterLab server.

Timed inside the page: from the click to the animation frame after the timeline was drawn for the new revision.
Wants the bundle in mcu_lab/labextension and a Chromium.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Locator

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from mcu_lab.schedule.model import Stage  # noqa: E402
from mcu_lab.session.edits import MakeStage, SetInputs  # noqa: E402
from mcu_lab.session.session import Session  # noqa: E402
from tests.browser.lab import browser, chromium_path, double_click, open_lab, serve, watched_page  # noqa: E402

UNROLLED = "kws_basic_lstm_unrolled_int8"
STREAMED = "mobilenetv2_100_224_int8"
ROUNDS = 15
#: Clicks the button whose text begins so; resolves with milliseconds once the timeline shows another revision.
TIMED = """(root, words) => new Promise((done, failed) => {
  const timeline = root.querySelector('.mcu-timeline');
  const press = [...root.querySelectorAll('button')].find(
    b => !b.disabled && ((b.title || '').startsWith(words) || b.textContent.startsWith(words)));
  if (press === undefined) { failed(new Error('no button ' + words)); return; }
  const rev = timeline.dataset.drawnRev;
  const began = performance.now();
  new MutationObserver((_, observer) => {
    if (timeline.dataset.drawnRev !== rev) {
      observer.disconnect();
      requestAnimationFrame(() => done(performance.now() - began));
    }
  }).observe(timeline, { attributes: true });
  press.click();
})"""


def main() -> None:
    """Print median and 90th percentile of each edit on both models."""
    models = Path(os.environ.get("MCU_LAB_MODELS", ROOT.parent / "shared" / "models"))
    if not all((models / f"{name}.tflite").is_file() for name in (UNROLLED, STREAMED)) or chromium_path() is None:
        print(f"skipped: needs {UNROLLED} and {STREAMED} in MCU_LAB_MODELS and the system package chromium")
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home, serve(Path(home) / "lab") as lab:
        for name in (UNROLLED, STREAMED):
            shutil.copyfile(models / f"{name}.tflite", lab.files / f"{name}.tflite")
        session = Session.open(lab.files / f"{STREAMED}.tflite", "stm32f746g-disco")
        session.apply(SetInputs("streamed"))
        session.apply(MakeStage(Stage(session.snapshot.decisions.schedule.order[:6])))
        session.save(lab.files / "streamed.mcuplan.json")
        with browser() as chromium:
            for file in (f"{UNROLLED}.tflite", "streamed.mcuplan.json"):
                with watched_page(chromium.new_context(viewport={"width": 1440, "height": 860})) as watched:
                    open_lab(watched.page, lab)
                    double_click(watched.page, file)
                    root = watched.page.locator(".mcu-panel .mcu-root[data-state=ready]")
                    root.locator(".mcu-timeline[data-drawn-rev]").wait_for(timeout=60_000)
                    print(file)
                    measure(root)
    print(f"load average of the machine meanwhile: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def measure(root: Locator) -> None:
    """Pin and unpin the lowest buffer of the peak, with the controls of the inspector, and undo and redo that."""
    root.locator(".mcu-canvas").focus()
    root.page.keyboard.press("ArrowUp")
    times: dict[str, list[float]] = {"Pin here": [], "Unpin": [], "Undo": [], "Redo": []}
    for _ in range(ROUNDS):
        for words, taken in times.items():
            root.get_by_role("button", name=words).first.wait_for()
            taken.append(root.evaluate(TIMED, words))
        root.page.wait_for_timeout(100)
    for words, taken in times.items():
        ninth = statistics.quantiles(taken, n=10)[-1]
        print(f"  {words:9s} median {statistics.median(taken):5.0f} ms, p90 {ninth:5.0f} ms")


if __name__ == "__main__":
    main()
