"""Frames a second of the memory timeline with many buffers, panned and zoomed at every frame, in headless Chromium.

Runs the compiled front end (labextension/lib) alone: no JupyterLab, no kernel. Half of the buffers are staircases; with
lanes, a thousand spans lie beneath.
"""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
HOST = "http://timeline.invalid"
COUNTS = (500, 5_000, 20_000)

PAGE = """<!doctype html><style>
  body { margin: 0; --jp-layout-color1: #fff; --jp-brand-color1: #1976d2; --jp-border-color2: #ccc }
  .mcu-timeline { display: flex; flex-direction: column; width: 1200px }
  .mcu-plot { position: relative; height: 576px }
  .mcu-lanes-canvas { width: 100% }
  .mcu-minimap { height: 24px }
  .mcu-canvas { position: absolute; width: 100%; height: 100% }
  .mcu-tip { display: none }
</style>"""

MEASURE = """async ([count, withLanes]) => {
  const { TimelineView } = await import('/views/timeline.js');
  const { LanesView } = await import('/views/lanes.js');
  const { picture } = await import('/picture.js');
  const steps = Math.max(Math.round(count / 4), 8);
  const rects = [...Array(count).keys()].map(i => {
    const first = i % steps;
    const end = Math.min(first + 2 + i % 5, steps);
    const bytes = 1024 + (i * 37) % 4096;
    const outline = i % 2 ? [[first, 0, bytes / 4], [Math.min(first + 1, end), 0, bytes]] : [];
    return {
      buffer: `b${i}`, memory: 'sram', offset: (i * 977) % 200000, bytes, first_step: first, end_step: end, outline,
      role: 'activation', label: `tensor ${i}`, shape: '8×8', dtype: 'int8', tensors: [], writers: [], readers: []
    };
  });
  const curve = [...Array(Math.min(steps, 2000)).keys()].map(i => [i, (i * 7919) % 200000]);
  const head = {
    arena: 'sram', steps, memories: [], arena_bytes: 205000, limit_bytes: 262144, live_bound_bytes: 200000, peak: null
  };
  const rows = [...Array(steps).keys()].map(i => ({
    kind: 'operator', op: i, stage: null, index: i, first_step: i, end_step: i + 1, reads: [], writes: []
  }));
  const parts = Math.min(steps, 1000);
  const part = [...Array(parts).keys()];
  const first_step = part.map(i => Math.floor(i * steps / parts));
  const end_step = part.map(i => Math.floor((i + 1) * steps / parts));
  const lane = (work, op) => ({
    work: part.map(() => work), op: part.map(op), first_step, end_step, start_us: first_step, end_us: end_step,
    busy_us: part.map(() => 1), mixed: part.map(() => false)
  });
  const [cpu, copy] = [lane('compute', i => i % 7), lane('move', () => -1)];
  const lanes = { type: 'lanes', rev: 0, lo: 0, hi: steps, cpu, copy };
  const schedule = { stages: [], order: [], pins: [] };
  const listeners = [];
  const store = {
    hover: null, selected: null, ghost: null, beside: false, choices: null, preview: { shown: null },
    picture: picture({ tensors: [], operators: [] }, { head, rows, rects, curve }, schedule),
    port: {
      state: { rev: 0, picture: { head }, timing: { marks: [], cpu: [], transfers: [] } },
      ask: async () => lanes
    },
    onChange: listener => listeners.push(listener), point: () => undefined
  };
  document.body.replaceChildren();
  const view = new TimelineView(store, false, withLanes ? { lanes: redraw => new LanesView(store, redraw) } : {});
  document.body.append(view.element);
  listeners.forEach(tell => tell('session'));
  await new Promise(done => setTimeout(done, 400));
  const canvas = view.element.querySelector('.mcu-canvas');
  const { x, y } = canvas.getBoundingClientRect();
  const drawn = view.draw.bind(view);
  const spent = [];
  view.draw = () => { const began = performance.now(); drawn(); spent.push(performance.now() - began); };
  let frames = 0;
  const began = performance.now();
  while (performance.now() - began < 3000) {
    const deltaY = frames % 40 < 20 ? -20 : 20;
    const at = { clientX: x + 600, clientY: y + 300 };
    canvas.dispatchEvent(new WheelEvent('wheel', { deltaY, shiftKey: frames % 3 === 0, cancelable: true, ...at }));
    await new Promise(requestAnimationFrame);
    frames++;
  }
  const seconds = (performance.now() - began) / 1000;
  view.dispose();
  spent.sort((a, b) => a - b);
  return [frames / seconds, spent[Math.floor(spent.length / 2)]];
}"""


def main() -> None:
    sys.path.insert(0, str(ROOT))
    from playwright.sync_api import Route

    from tests.browser.lab import browser

    def serve(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path == "/":
            route.fulfill(body=PAGE, content_type="text/html")
        else:
            route.fulfill(path=ROOT / "labextension" / "lib" / path.lstrip("/"), content_type="text/javascript")

    with browser() as chromium:
        page = chromium.new_page(viewport={"width": 1240, "height": 640})
        page.route(f"{HOST}/**", serve)
        page.goto(f"{HOST}/")
        print("| buffers | lanes | frames a second | script a frame, median |\n|---|---|---|---|")
        for count in COUNTS:
            for lanes in (False, True):
                fps, script_ms = page.evaluate(MEASURE, [count, lanes])
                print(f"| {count:,} | {'yes' if lanes else 'no'} | {fps:.0f} | {script_ms:.1f} ms |")


if __name__ == "__main__":
    main()
