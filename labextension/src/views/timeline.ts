// The memory timeline: address against step, one rectangle for each buffer, the limit and the live curve.

import { h, setAttr } from '../dom.js';
import type { Frame, Point, Window } from '../layout.js';
import * as layout from '../layout.js';
import { paint, readInk } from '../paint.js';
import type { Ink } from '../paint.js';
import type { Focus, Picture } from '../picture.js';
import type { Store } from '../store.js';
import { describeFocus } from '../words.js';

const MARGIN = { left: 62, right: 12, top: 14, bottom: 34 };
const ZOOM_STEP = 1.25;
const DRAG_STARTS_PX = 4;

export class TimelineView {
  readonly element: HTMLElement;
  private readonly canvas: HTMLCanvasElement;
  private readonly tip: HTMLElement;
  private window: Window = { left: 0, right: 1, bottom: 0, top: 1 };
  private whole: Window = this.window;
  private shown: Picture | null = null;
  private ink: Ink | null = null;
  private frameAsked = 0;
  private drag: { from: Point; window: Window; moved: boolean } | null = null;

  constructor(private readonly store: Store, private readonly wheelNeedsCtrl: boolean) {
    this.canvas = h('canvas', {
      class: 'mcu-canvas', tabindex: 0, role: 'application', 'aria-roledescription': 'memory timeline',
      'aria-label':
        'Memory timeline. Left and right arrows choose a step, up and down a buffer, plus and minus zoom, 0 shows everything.'
    });
    this.tip = h('div', { class: 'mcu-tip', hidden: true });
    this.element = h('div', { class: 'mcu-timeline' }, this.canvas, this.tip);
    this.listen();
    store.onChange(change => {
      if (change === 'session') {
        this.adopt();
      }
      if (change === 'selection') {
        this.reveal();
      }
      this.ask();
    });
  }

  /** Colours or fonts have changed. */
  restyle(): void {
    this.ink = null;
    this.ask();
  }

  dispose(): void {
    cancelAnimationFrame(this.frameAsked);
    this.resizes.disconnect();
  }

  private readonly resizes = new ResizeObserver(() => this.draw());

  private listen(): void {
    this.resizes.observe(this.element);
    this.canvas.addEventListener('pointerdown', e => this.down(e));
    this.canvas.addEventListener('pointermove', e => this.move(e));
    this.canvas.addEventListener('pointerup', e => this.up(e));
    this.canvas.addEventListener('pointercancel', () => (this.drag = null));
    this.canvas.addEventListener('pointerleave', () => this.point(null, null));
    this.canvas.addEventListener('dblclick', () => this.go(this.whole));
    this.canvas.addEventListener('wheel', e => this.wheel(e), { passive: false });
    this.canvas.addEventListener('keydown', e => this.key(e));
    this.canvas.addEventListener('blur', () => this.ask());
    this.canvas.addEventListener('focus', () => this.ask());
  }

  /** A new revision: keep the zoom when the plan has the same steps. */
  private adopt(): void {
    const now = this.store.picture;
    if (now === this.shown || now === null) {
      return;
    }
    const { rows, arena_bytes, limit_bytes } = now.projection;
    const zoomedIn = this.window.right - this.window.left < this.whole.right - this.whole.left;
    const keep = this.shown !== null && this.shown.rows.length === rows.length && zoomedIn;
    this.whole = layout.everything(rows.length, arena_bytes, limit_bytes);
    this.window = keep ? { ...this.whole, left: this.window.left, right: this.window.right } : this.whole;
    this.shown = now;
  }

  private reveal(): void {
    const step = this.store.selectedStep;
    if (step !== null) {
      this.window = layout.revealed(this.window, this.whole, step, step + 1);
    }
  }

  private frame(): Frame {
    const width = Math.max(this.element.clientWidth - MARGIN.left - MARGIN.right, 1);
    const height = Math.max(this.element.clientHeight - MARGIN.top - MARGIN.bottom, 1);
    return { x: MARGIN.left, y: MARGIN.top, width, height };
  }

  private go(window: Window): void {
    this.window = window;
    this.ask();
  }

  private ask(): void {
    cancelAnimationFrame(this.frameAsked);
    this.frameAsked = requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    const { clientWidth, clientHeight } = this.element;
    const context = this.canvas.getContext('2d');
    if (this.shown === null || context === null || clientWidth === 0 || clientHeight === 0) {
      return;
    }
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(clientWidth * ratio);
    const height = Math.round(clientHeight * ratio);
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.ink ??= readInk(this.element);
    const { hover, selected } = this.store;
    paint(context, { picture: this.shown, window: this.window, frame: this.frame(), ink: this.ink, hover, selected });
    setAttr(this.element, 'data-drawn-rev', this.store.port.state?.rev ?? null);
    setAttr(this.element, 'data-rects', this.shown.rects.length);
  }

  private at(event: MouseEvent): Point {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  private focusAt(at: Point): Focus | null {
    const frame = this.frame();
    const inside = at.x >= frame.x && at.x < frame.x + frame.width && at.y >= 0 && at.y < frame.y + frame.height + MARGIN.bottom;
    if (this.shown === null || !inside) {
      return null;
    }
    const step = Math.floor(layout.stepAt(this.window, frame, at.x));
    const bytes = layout.bytesAt(this.window, frame, at.y);
    const rect = at.y < frame.y + frame.height ? layout.rectAt(this.shown.rects, step, bytes) : null;
    if (rect !== null) {
      return { kind: 'buffer', buffer: rect.buffer };
    }
    return step >= 0 && step < this.shown.rows.length ? { kind: 'step', step } : null;
  }

  private point(focus: Focus | null, at: Point | null): void {
    this.store.point(focus);
    if (focus === null || at === null || this.shown === null) {
      this.tip.hidden = true;
      return;
    }
    this.tip.replaceChildren(...describeFocus(this.shown, focus).map((line, i) => h('div', { class: i === 0 ? 'mcu-tip-title' : '' }, line)));
    this.tip.hidden = false;
    const { offsetWidth, offsetHeight } = this.tip;
    const right = at.x + 16 + offsetWidth < this.element.clientWidth;
    const below = at.y + 16 + offsetHeight < this.element.clientHeight;
    this.tip.style.left = `${Math.max(right ? at.x + 16 : at.x - offsetWidth - 12, 0)}px`;
    this.tip.style.top = `${Math.max(below ? at.y + 16 : at.y - offsetHeight - 12, 0)}px`;
  }

  private down(event: PointerEvent): void {
    if (event.button === 0) {
      this.canvas.setPointerCapture(event.pointerId);
      this.drag = { from: this.at(event), window: this.window, moved: false };
    }
  }

  private move(event: PointerEvent): void {
    const at = this.at(event);
    if (this.drag === null) {
      this.point(this.focusAt(at), at);
      return;
    }
    const { from, window: start } = this.drag;
    this.drag.moved ||= Math.hypot(at.x - from.x, at.y - from.y) > DRAG_STARTS_PX;
    if (this.drag.moved) {
      const f = this.frame();
      const steps = ((from.x - at.x) / f.width) * (start.right - start.left);
      const bytes = ((at.y - from.y) / f.height) * (start.top - start.bottom);
      this.point(null, null);
      this.go(layout.panned(start, this.whole, steps, bytes));
    }
  }

  private up(event: PointerEvent): void {
    const clicked = this.drag !== null && !this.drag.moved;
    this.drag = null;
    if (clicked) {
      this.store.select(this.focusAt(this.at(event)));
    }
  }

  private wheel(event: WheelEvent): void {
    const wanted = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || !this.wheelNeedsCtrl;
    if (!wanted || this.shown === null) {
      return;
    }
    event.preventDefault();
    this.point(null, null);
    const f = this.frame();
    const at = this.at(event);
    const turn = event.deltaY || event.deltaX;
    if (event.shiftKey || (event.deltaX !== 0 && event.deltaY === 0)) {
      this.go(layout.panned(this.window, this.whole, (turn / f.width) * (this.window.right - this.window.left), 0));
      return;
    }
    const factor = Math.exp(Math.max(-1, Math.min(1, turn / 200)));
    const both = event.altKey ? { x: 1, y: factor } : { x: factor, y: 1 };
    const step = layout.stepAt(this.window, f, at.x);
    this.go(layout.zoomed(this.window, this.whole, both, step, layout.bytesAt(this.window, f, at.y)));
  }

  private key(event: KeyboardEvent): void {
    if (this.shown === null || event.ctrlKey || event.metaKey) {
      return;
    }
    const span = this.window.right - this.window.left;
    const moves: Record<string, () => void> = {
      ArrowLeft: () => (event.altKey ? this.pan(-0.2 * span) : this.selectStep(-1)),
      ArrowRight: () => (event.altKey ? this.pan(0.2 * span) : this.selectStep(1)),
      ArrowUp: () => this.selectBuffer(1),
      ArrowDown: () => this.selectBuffer(-1),
      PageUp: () => this.pan(-0.8 * span),
      PageDown: () => this.pan(0.8 * span),
      Home: () => this.select({ kind: 'step', step: 0 }),
      End: () => this.select({ kind: 'step', step: (this.shown?.rows.length ?? 1) - 1 }),
      '+': () => this.zoom(1 / ZOOM_STEP, event.altKey),
      '=': () => this.zoom(1 / ZOOM_STEP, event.altKey),
      '-': () => this.zoom(ZOOM_STEP, event.altKey),
      '0': () => this.go(this.whole),
      Escape: () => this.store.select(null)
    };
    const run = moves[event.key];
    if (run !== undefined) {
      event.preventDefault();
      run();
    }
  }

  private pan(steps: number): void {
    this.go(layout.panned(this.window, this.whole, steps, 0));
  }

  /** About the selection when there is one in sight, else about the middle. */
  private zoom(factor: number, vertical: boolean): void {
    const w = this.window;
    const step = this.store.selectedStep;
    const about = step !== null && step >= w.left && step < w.right ? step + 0.5 : (w.left + w.right) / 2;
    const both = vertical ? { x: 1, y: factor } : { x: factor, y: 1 };
    this.go(layout.zoomed(w, this.whole, both, about, (w.bottom + w.top) / 2));
  }

  private select(focus: Focus): void {
    this.store.select(focus);
  }

  private selectStep(by: number): void {
    const last = (this.shown?.rows.length ?? 0) - 1;
    const now = this.store.selectedStep;
    const next = now === null ? (by > 0 ? 0 : last) : Math.min(Math.max(now + by, 0), last);
    if (next >= 0) {
      this.select({ kind: 'step', step: next });
    }
  }

  /** The next buffer up or down among those alive at the selected step. */
  private selectBuffer(by: number): void {
    const step = this.store.selectedStep ?? this.shown?.projection.peak?.step ?? 0;
    const selected = this.store.selected;
    const alive = (this.shown?.rects ?? []).filter(r => r.first_step <= step && step < r.end_step);
    alive.sort((a, b) => a.offset - b.offset);
    const at = selected?.kind === 'buffer' ? alive.findIndex(r => r.buffer === selected.buffer) : by > 0 ? -1 : alive.length;
    const next = alive[Math.min(Math.max(at + by, 0), alive.length - 1)];
    if (next !== undefined) {
      this.select({ kind: 'buffer', buffer: next.buffer });
    }
  }
}
