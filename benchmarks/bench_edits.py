"""From an edit to its repaint, in a real Chromium on a stock JupyterLab server.

Timed inside the page: from the key, click or let-go that makes the edit until the frame is painted in which the
timeline shows the new revision. Each edit is a new one, for which the page asks a preview while it is pointed at or
typed, as when people do it. Wants the bundle in mcu_lab/labextension and a Chromium.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from mcu_lab.schedule.model import ByRows  # noqa: E402
from mcu_lab.session.edits import MakeStage, SetInputs  # noqa: E402
from mcu_lab.session.session import Session  # noqa: E402
from tests.browser.lab import browser, chromium_path, double_click, open_lab, serve, watched_page  # noqa: E402

UNROLLED = "kws_basic_lstm_unrolled_int8"
STREAMED = "mobilenetv2_100_224_int8"
ROUNDS = 12
#: A person points at a button, or moves a thing, so long before letting go.
PAUSE_MS = 120
#: Notes when the person last did something, and milliseconds from there to each repaint with a new revision.
WATCH = """root => {
  const timeline = root.querySelector('.mcu-timeline');
  let did = 0;
  for (const type of ['keydown', 'keyup', 'click', 'change']) {
    document.addEventListener(type, event => { did = event.timeStamp; }, true);
  }
  window.mcuRepaints = [];
  new MutationObserver(() => {
    const began = did;
    const painted = new MessageChannel();
    painted.port1.onmessage = () => window.mcuRepaints.push(performance.now() - began);
    painted.port2.postMessage(null);
  }).observe(timeline, { attributes: true, attributeFilter: ['data-drawn-rev'] });
}"""


def main() -> None:
    """Print median and 90th percentile of each kind of edit, and of all, on both models."""
    models = Path(os.environ.get("MCU_LAB_MODELS", ROOT.parent / "shared" / "models"))
    if not all((models / f"{name}.tflite").is_file() for name in (UNROLLED, STREAMED)) or chromium_path() is None:
        print(f"skipped: needs {UNROLLED} and {STREAMED} in MCU_LAB_MODELS and the system package chromium")
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home, serve(Path(home) / "lab") as lab:
        for name in (UNROLLED, STREAMED):
            shutil.copyfile(models / f"{name}.tflite", lab.files / f"{name}.tflite")
        session = Session.open(lab.files / f"{STREAMED}.tflite", "stm32f746g-disco")
        session.apply(SetInputs("streamed"))
        session.apply(MakeStage(ByRows(session.snapshot.decisions.schedule.order[:6])))
        session.save(lab.files / "streamed.mcuplan.json")
        with browser() as chromium:
            for file, edits in ((f"{UNROLLED}.tflite", unrolled), ("streamed.mcuplan.json", streamed)):
                with watched_page(chromium.new_context(viewport={"width": 1440, "height": 860})) as watched:
                    open_lab(watched.page, lab)
                    double_click(watched.page, file)
                    root = watched.page.locator(".mcu-panel .mcu-root[data-state=ready]")
                    root.locator(".mcu-timeline[data-drawn-rev]").wait_for(timeout=60_000)
                    root.evaluate(WATCH)
                    print(file)
                    told(edits(root))
    print(f"load average of the machine meanwhile: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def told(times: dict[str, list[float]]) -> None:
    together = [ms for taken in times.values() for ms in taken]
    for kind, taken in (*times.items(), ("all", together)):
        ninth = statistics.quantiles(taken, n=10)[-1]
        print(f"  {kind:6s} median {statistics.median(taken):5.0f} ms, p90 {ninth:5.0f} ms, of {len(taken)}")


def unrolled(root: Locator) -> dict[str, list[float]]:
    """Operators moved one place up, buffers pinned, and both undone and made again."""
    return edited(root, {"move": moved, "pin": pinned})


def streamed(root: Locator) -> dict[str, list[float]]:
    """Rows a step changed, buffers pinned, and both undone and made again."""
    return edited(root, {"rows": resized, "pin": pinned})


def edited(root: Locator, kinds: dict[str, Callable[[Locator, int], float | None]]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {kind: [] for kind in (*kinds, "undo", "redo")}
    for kind, make in kinds.items():
        for number in range(5 * ROUNDS):
            taken = None if len(times[kind]) == ROUNDS else make(root, number)
            if taken is None:
                continue
            times[kind].append(taken)
            for again in ("Undo", "Redo"):
                press = root.get_by_role("button", name=again).first.click
                times[again.lower()].append(timed(root, press) or 0.0)
    return times


def timed(root: Locator, do: Callable[[], object]) -> float | None:
    """Milliseconds that the page counted, or None when nothing was edited. A person pauses in between."""
    before = root.evaluate("() => window.mcuRepaints.length")
    do()
    for _ in range(50):
        root.page.wait_for_timeout(20)
        found = root.evaluate("(_, n) => window.mcuRepaints.slice(n)", before)
        if found:
            root.page.wait_for_timeout(300)
            return float(found[0])
        if root.locator(".mcu-toast .mcu-refusal:visible").count():
            return None
    return None


def moved(root: Locator, number: int) -> float | None:
    """One operator, another each time, goes one place up."""
    rows, keys = root.locator(".mcu-list[role=listbox]").first, root.page.keyboard
    rows.focus()
    keys.press("ArrowDown")
    may = root.get_by_text("may stand at")
    may.wait_for(timeout=4000)
    if " to " not in may.inner_text():
        return None
    keys.down("Alt")
    keys.press("ArrowUp")
    root.page.wait_for_timeout(PAUSE_MS)
    return timed(root, lambda: keys.up("Alt"))


def pinned(root: Locator, number: int) -> float | None:
    """A buffer of the peak is pinned where it lies, or let go."""
    root.locator(".mcu-canvas").focus()
    root.page.keyboard.press("ArrowUp")
    pin = root.locator("button", has_text="Pin here").or_(root.locator("button", has_text="Unpin")).first
    pin.hover()
    root.page.wait_for_timeout(PAUSE_MS)
    return timed(root, pin.click)


def resized(root: Locator, number: int) -> float | None:
    """The stage makes another number of rows a step."""
    if number == 0:
        root.locator(".mcu-row-stage").first.click()
    rows = root.get_by_label("Rows a step, as a number")
    rows.wait_for()
    rows.fill(str(number % 12 + 2))
    root.page.wait_for_timeout(PAUSE_MS)
    return timed(root, lambda: rows.press("Enter"))


if __name__ == "__main__":
    main()
