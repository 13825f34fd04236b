"""How much kernel, server and page grow while one operator is moved to and fro, each move an entry of the history."""

from __future__ import annotations

from dataclasses import dataclass

import psutil
from playwright.sync_api import Page

from tests.browser.judges import evaluate, kernel
from tests.browser.lab import Lab

MB = 1e6
#: Moves the selected operator up by so many places, one by one, and down again, by key; waits each time until the
#: timeline shows it.
MOVES = """([count, places]) => new Promise(done => {
  const list = document.querySelector('.mcu-list');
  const timeline = document.querySelector('.mcu-timeline');
  let made = 0;
  const move = () => {
    const key = made % (2 * places) < places ? 'ArrowUp' : 'ArrowDown';
    list.dispatchEvent(new KeyboardEvent('keydown', { key, altKey: true, bubbles: true, cancelable: true }));
    list.dispatchEvent(new KeyboardEvent('keyup', { key: 'Alt', bubbles: true, cancelable: true }));
  };
  const watch = new MutationObserver(() => {
    made++;
    if (made === count) { watch.disconnect(); done(); } else { setTimeout(move); }
  });
  watch.observe(timeline, { attributes: true, attributeFilter: ['data-drawn-rev'] });
  move();
})"""


@dataclass(frozen=True)
class Used:
    """Memory in MB: resident of kernel and server, and what lives in the page's JavaScript heap."""

    kernel: float
    server: float
    page: float

    def __sub__(self, before: Used) -> Used:
        return Used(self.kernel - before.kernel, self.server - before.server, self.page - before.page)

    @property
    def total(self) -> float:
        return self.kernel + self.server + self.page


def used(page: Page, lab: Lab) -> Used:
    """What is used now, after the page's garbage was collected."""
    with kernel(lab, "mcu-lab") as client:
        process = evaluate(client, "__import__('os').getpid()")
    inspector = page.context.new_cdp_session(page)
    inspector.send("HeapProfiler.collectGarbage")
    heap = inspector.send("Runtime.getHeapUsage")["usedSize"]
    inspector.detach()
    return Used(resident(process), resident(lab.process), heap / MB)


def resident(process: int) -> float:
    return float(psutil.Process(process).memory_info().rss / MB)
