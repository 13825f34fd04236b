// The memory timeline: address against step or time, buffers, the limit and the live curve.

import type { Axis } from '../axis.js';
import { stepAxis, timeAxis } from '../axis.js';
import { button, h, setAttr } from '../dom.js';
import type { Frame, Point, Window } from '../layout.js';
import * as layout from '../layout.js';
import { paint, readInk } from '../paint.js';
import type { Ink } from '../paint.js';
import type { TimelineSource } from '../mirror.js';
import type { Focus, Picture } from '../picture.js';
import { rowFocus, span } from '../picture.js';
import type { Compared, Projection, Rect } from '../protocol.js';
import { describeFocus, effectWords } from '../words.js';
import type { LanesView } from './lanes.js';
import { Minimap } from './minimap.js';

const MARGIN = { left: 62, right: 12, top: 14, bottom: 34 };
const ZOOM_STEP = 1.25;
const DRAG_STARTS_PX = 4;

type Curve = Projection['curve'];

type Drag =
  | { kind: 'pan'; from: Point; window: Window; moved: boolean }
  | { kind: 'lift'; from: Point; rect: Rect; offset: number; moved: boolean };

export class TimelineView {
  readonly element: HTMLElement;
  /** Axis and zoom, for wherever there is room for them. */
  readonly controls: HTMLElement;
  private readonly plot: HTMLElement;
  private readonly canvas: HTMLCanvasElement;
  private readonly tip: HTMLElement;
  private readonly minimap: Minimap;
  private readonly lanes: LanesView | null;
  private readonly time: HTMLButtonElement;
  private window: Window = { left: 0, right: 1, bottom: 0, top: 1 };
  private whole: Window = this.window;
  /** What this plan needs to be seen whole; `whole` is what a pair of them needs. */
  private own: Window = this.window;
  private peer: TimelineView | null = null;
  private axis: Axis = stepAxis(1);
  private byTime = false;
  private shown: Picture | null = null;
  private ink: Ink | null = null;
  private frameAsked = 0;
  private drag: Drag | null = null;
  /** Where the tip of a lifted buffer is. */
  private pointed: Point = { x: 0, y: 0 };

  /** `name` says which plan it shows, where there are two; only the present one can be edited. `lanes` go beneath it. */
  constructor(
    private readonly store: TimelineSource, private readonly wheelNeedsCtrl: boolean,
    private readonly options: { name?: string; lanes?: (redraw: () => void) => LanesView } = {}
  ) {
    this.canvas = h('canvas', {
      class: 'mcu-canvas', tabindex: 0, role: 'application', 'aria-roledescription': 'memory timeline',
      'aria-label':
        `Memory timeline${options.name === undefined ? '' : ` ${options.name}`}. Left and right arrows choose an operator, ` +
        'up and down a buffer, plus and minus zoom, 0 shows everything.' +
        (options.name === undefined ? ' Alt with up and down moves the selected buffer and pins it.' : '')
    });
    this.tip = h('div', { class: 'mcu-tip', hidden: true });
    this.minimap = new Minimap(place => this.centre(place));
    this.plot = h('div', { class: 'mcu-plot' }, this.canvas, this.tip);
    this.lanes = options.lanes?.(() => this.ask()) ?? null;
    this.element = h('div', { class: 'mcu-timeline' }, this.plot, this.lanes?.element ?? null, this.minimap.element);
    this.time = button('mcu-quiet', 'Time', 'Axis in estimated time instead of steps', () => this.toggleTime());
    this.time.setAttribute('aria-pressed', 'false');
    this.controls = h(
      'div', { class: 'mcu-zoom' }, this.lanes?.toggle ?? null, this.time,
      button('mcu-quiet', '−', 'Zoom out (−)', () => this.zoom(ZOOM_STEP, false)),
      button('mcu-quiet', '+', 'Zoom in (+)', () => this.zoom(1 / ZOOM_STEP, false)),
      button('mcu-quiet', 'All', 'Show everything (0)', () => this.go(this.whole))
    );
    this.listen();
    store.onChange(change => {
      if (change === 'session') {
        this.adopt();
      }
      if (change === 'ghost') {
        this.fitBoth();
      }
      if (change === 'selection') {
        this.reveal();
      }
      if (change === 'preview') {
        this.sayLifted(this.pointed);
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
    this.lanes?.dispose();
  }

  /** The picture as a PNG. */
  png(): string {
    return this.canvas.toDataURL('image/png');
  }

  private readonly resizes = new ResizeObserver(() => this.draw());

  private listen(): void {
    this.resizes.observe(this.plot);
    this.canvas.addEventListener('pointerdown', e => this.down(e));
    this.canvas.addEventListener('pointermove', e => this.move(e));
    this.canvas.addEventListener('pointerup', e => this.up(e));
    this.canvas.addEventListener('pointercancel', () => this.letGo());
    this.canvas.addEventListener('pointerleave', () => this.point(null, null));
    this.canvas.addEventListener('dblclick', () => this.go(this.whole));
    this.canvas.addEventListener('wheel', e => this.wheel(e), { passive: false });
    this.canvas.addEventListener('keydown', e => this.key(e));
    this.canvas.addEventListener('keyup', e => this.keyUp(e));
    this.canvas.addEventListener('blur', () => this.letGo());
    this.canvas.addEventListener('focus', () => this.ask());
  }

  /** A new revision: keep the zoom when the axis is as long as it was. */
  private adopt(): void {
    const now = this.store.picture;
    const timing = this.store.port.state?.timing;
    if (now === this.shown || now === null || timing === undefined) {
      return;
    }
    const { steps, arena_bytes, limit_bytes } = now.head;
    const zoomedIn = this.window.right - this.window.left < this.whole.right - this.whole.left;
    const keep = this.shown !== null && this.shown.head.steps === steps && !this.byTime && zoomedIn;
    this.axis = this.byTime ? timeAxis(steps, timing) : stepAxis(steps);
    this.own = layout.everything(this.axis.end, arena_bytes, limit_bytes);
    const seen = this.window;
    this.shown = now;
    this.drag = null;
    this.fitBoth();
    this.go(keep ? { ...this.whole, left: seen.left, right: seen.right } : this.whole);
  }

  /** Shows another plan's timeline on the same scales from now on, or this one alone. */
  pair(peer: TimelineView | null): void {
    this.peer = peer;
    this.lanes?.makeRoom(peer === null);
    peer?.setTime(this.byTime);
    this.fitBoth();
  }

  private toggleTime(): void {
    this.setTime(!this.byTime);
    this.peer?.setTime(this.byTime);
  }

  private setTime(byTime: boolean): void {
    if (byTime !== this.byTime) {
      this.byTime = byTime;
      this.time.setAttribute('aria-pressed', String(byTime));
      this.shown = null;
      this.adopt();
      this.ask();
    }
  }

  /** Everything of both plans: the same bytes, and the same time. Steps of two plans have no common length. */
  private fitBoth(): void {
    const { own, peer, byTime } = this;
    const { ghost, beside } = this.store;
    const under = ghost === null || beside ? 0 : layout.everything(1, ghost.picture.head.arena_bytes, null).top;
    const top = Math.max(own.top, peer?.own.top ?? 0, under);
    const right = byTime ? Math.max(own.right, peer?.own.right ?? 0) : own.right;
    if (top !== this.whole.top || right !== this.whole.right) {
      this.whole = { ...own, top, right };
      this.window = this.whole;
    }
    if (peer?.peer === this && (peer.whole.top !== top || (byTime && peer.whole.right !== right))) {
      peer.fitBoth();
    }
    this.ask();
  }

  /** The same part of the whole as the peer shows. */
  private follow({ left, right, bottom, top }: Window, end: number): void {
    const share = this.whole.right / end;
    this.window = { left: left * share, right: right * share, bottom, top };
    this.ask();
  }

  private reveal(): void {
    const steps = this.shown === null ? null : span(this.shown, this.store.selected);
    if (steps !== null) {
      this.go(layout.revealed(this.window, this.whole, this.axis.of(steps[0]), this.axis.of(steps[1])));
    }
  }

  private frame(): Frame {
    const width = Math.max(this.plot.clientWidth - MARGIN.left - MARGIN.right, 1);
    const height = Math.max(this.plot.clientHeight - MARGIN.top - MARGIN.bottom, 1);
    return { x: MARGIN.left, y: MARGIN.top, width, height };
  }

  private go(window: Window): void {
    this.window = window;
    this.peer?.follow(window, this.whole.right);
    this.ask();
  }

  private centre(place: number): void {
    const { left, right } = this.window;
    this.go(layout.panned(this.window, this.whole, place - (left + right) / 2, 0));
  }

  private ask(): void {
    cancelAnimationFrame(this.frameAsked);
    this.frameAsked = requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    const { clientWidth, clientHeight } = this.plot;
    const context = this.canvas.getContext('2d');
    const state = this.store.port.state;
    if (this.shown === null || state === null || context === null || clientWidth === 0 || clientHeight === 0) {
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
    const { hover, selected, ghost, beside } = this.store;
    const { axis, drag, ink } = this;
    const lifted = drag?.kind === 'lift' ? { buffer: drag.rect.buffer, offset: drag.offset } : null;
    paint(context, {
      picture: this.shown, axis, timing: state.timing, window: this.window, frame: this.frame(), ink, hover, selected,
      ghost: ghost === null || beside ? null : this.laidOver(ghost), lifted
    });
    this.lanes?.draw(this.shown, axis, this.window, this.frame(), ink);
    this.minimap.draw(this.shown, axis, this.window, this.whole, ink, MARGIN.left, MARGIN.right);
    setAttr(this.element, 'data-drawn-rev', state.rev);
    setAttr(this.element, 'data-rects', this.shown.rects.length);
    const share = (place: number): string => (place / this.whole.right).toFixed(3);
    setAttr(this.element, 'data-share', `${share(this.window.left)} ${share(this.window.right)}`);
  }

  /** The other plan's bytes alive at this plan's steps: at the same time, or stretched to the same length. */
  private laidOver({ picture: { curve, head }, timing }: Compared): Curve {
    const stretch = (this.shown?.head.steps ?? 1) / Math.max(head.steps, 1);
    const other = this.byTime ? timeAxis(head.steps, timing) : null;
    return curve.map(([step, bytes]) => [other === null ? step * stretch : this.axis.step(other.of(step)), bytes]);
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
    const step = Math.floor(this.axis.step(layout.placeAt(this.window, frame, at.x)));
    const bytes = layout.bytesAt(this.window, frame, at.y);
    const rect = at.y < frame.y + frame.height ? layout.rectAt(this.shown.rects, step, bytes) : null;
    if (rect !== null) {
      return { kind: 'buffer', id: rect.buffer };
    }
    const row = this.shown.rows.find(r => r.first_step <= step && step < r.end_step);
    return row === undefined ? null : rowFocus(row);
  }

  private point(focus: Focus | null, at: Point | null): void {
    this.store.point(focus);
    this.say(focus === null || this.shown === null ? [] : describeFocus(this.shown, focus), at);
  }

  private say(lines: string[], at: Point | null): void {
    this.tip.hidden = lines.length === 0 || at === null;
    if (this.tip.hidden || at === null) {
      return;
    }
    this.tip.replaceChildren(...lines.map((line, i) => h('div', { class: i === 0 ? 'mcu-tip-title' : '' }, line)));
    const { offsetWidth, offsetHeight } = this.tip;
    const right = at.x + 16 + offsetWidth < this.plot.clientWidth;
    const below = at.y + 16 + offsetHeight < this.plot.clientHeight;
    this.tip.style.left = `${Math.max(right ? at.x + 16 : at.x - offsetWidth - 12, 0)}px`;
    this.tip.style.top = `${Math.max(below ? at.y + 16 : at.y - offsetHeight - 12, 0)}px`;
  }

  /** The selected buffer can be lifted; anywhere else a drag moves the picture. */
  private down(event: PointerEvent): void {
    if (event.button !== 0) {
      return;
    }
    this.canvas.setPointerCapture(event.pointerId);
    const from = this.at(event);
    const focus = this.focusAt(from);
    const { selected } = this.store;
    const editable = this.options.name === undefined;
    const rect = editable && focus?.kind === 'buffer' && selected?.kind === 'buffer' && selected.id === focus.id
      ? this.shown?.buffer.get(focus.id) : undefined;
    this.drag = rect === undefined
      ? { kind: 'pan', from, window: this.window, moved: false }
      : { kind: 'lift', from, rect, offset: rect.offset, moved: false };
  }

  private move(event: PointerEvent): void {
    const at = this.at(event);
    const { drag } = this;
    if (drag === null) {
      const focus = this.focusAt(at);
      const liftable = this.options.name === undefined && focus?.kind === 'buffer' && this.store.selected?.kind === 'buffer' && this.store.selected.id === focus.id;
      this.canvas.style.cursor = liftable ? 'ns-resize' : 'default';
      this.point(focus, at);
      return;
    }
    drag.moved ||= Math.hypot(at.x - drag.from.x, at.y - drag.from.y) > DRAG_STARTS_PX;
    if (!drag.moved) {
      return;
    }
    const f = this.frame();
    if (drag.kind === 'pan') {
      const { from, window: start } = drag;
      const along = ((from.x - at.x) / f.width) * (start.right - start.left);
      const bytes = ((at.y - from.y) / f.height) * (start.top - start.bottom);
      this.point(null, null);
      this.go(layout.panned(start, this.whole, along, bytes));
      return;
    }
    const w = this.window;
    const wanted = drag.rect.offset + ((drag.from.y - at.y) / f.height) * (w.top - w.bottom);
    this.lift(wanted);
    this.sayLifted(at);
  }

  /** The pinned offset nearest to `wanted` that the buffer's alignment allows. */
  private lift(wanted: number): void {
    if (this.drag?.kind !== 'lift') {
      return;
    }
    const alignment = this.store.choices?.buffer?.alignment ?? 1;
    this.drag.offset = Math.max(Math.round(wanted / alignment) * alignment, 0);
    const { rect, offset } = this.drag;
    this.store.preview.of({ type: 'pin', buffer: rect.buffer, offset });
    this.ask();
  }

  private sayLifted(at: Point): void {
    this.pointed = at;
    if (this.drag?.kind === 'lift' && this.drag.moved) {
      const { shown } = this.store.preview;
      this.say([`pin at ${this.drag.offset.toLocaleString('en-US')}`, shown === null ? '…' : effectWords(shown)], at);
    }
  }

  private up(event: PointerEvent): void {
    const { drag } = this;
    this.drag = null;
    this.say([], null);
    if (drag === null) {
      return;
    }
    if (!drag.moved) {
      this.store.select(this.focusAt(this.at(event)));
    } else if (drag.kind === 'lift') {
      this.store.edit({ type: 'pin', buffer: drag.rect.buffer, offset: drag.offset });
    }
  }

  private letGo(): void {
    if (this.drag?.kind === 'lift') {
      this.store.preview.of(null);
    }
    this.drag = null;
    this.say([], null);
    this.ask();
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
    const place = layout.placeAt(this.window, f, at.x);
    this.go(layout.zoomed(this.window, this.whole, both, place, layout.bytesAt(this.window, f, at.y)));
  }

  private key(event: KeyboardEvent): void {
    if (this.shown === null || event.ctrlKey || event.metaKey) {
      return;
    }
    const width = this.window.right - this.window.left;
    const moves: Record<string, () => void> = {
      ArrowLeft: () => (event.altKey ? this.pan(-0.2 * width) : this.selectRow(-1)),
      ArrowRight: () => (event.altKey ? this.pan(0.2 * width) : this.selectRow(1)),
      ArrowUp: () => (event.altKey ? this.nudge(1) : this.selectBuffer(1)),
      ArrowDown: () => (event.altKey ? this.nudge(-1) : this.selectBuffer(-1)),
      PageUp: () => this.pan(-0.8 * width),
      PageDown: () => this.pan(0.8 * width),
      Home: () => this.selectPlace(0),
      End: () => this.selectPlace((this.shown?.rows.length ?? 1) - 1),
      '+': () => this.zoom(1 / ZOOM_STEP, event.altKey),
      '=': () => this.zoom(1 / ZOOM_STEP, event.altKey),
      '-': () => this.zoom(ZOOM_STEP, event.altKey),
      '0': () => this.go(this.whole),
      Escape: () => (this.drag === null ? this.store.select(null) : this.letGo())
    };
    const run = moves[event.key];
    if (run !== undefined) {
      event.preventDefault();
      run();
    }
  }

  /** Alt with an arrow lifts the selected buffer by a hundredth of the arena; it is pinned when Alt is let go. */
  private nudge(by: number): void {
    const { selected } = this.store;
    const rect = selected?.kind === 'buffer' ? this.shown?.buffer.get(selected.id) : undefined;
    if (rect === undefined || this.shown === null || rect.memory !== this.shown.head.arena || this.options.name !== undefined) {
      return;
    }
    if (this.drag?.kind !== 'lift') {
      this.drag = { kind: 'lift', from: { x: 0, y: 0 }, rect, offset: rect.offset, moved: true };
    }
    const alignment = this.store.choices?.buffer?.alignment ?? 1;
    const hundredth = Math.max(Math.round(this.whole.top / 100 / alignment), 1) * alignment;
    this.lift(this.drag.offset + by * hundredth);
    const box = layout.boxOf(this.window, this.frame(), this.axis, { ...rect, offset: this.drag.offset });
    this.sayLifted(box ?? { x: MARGIN.left, y: MARGIN.top });
  }

  private keyUp(event: KeyboardEvent): void {
    const { drag } = this;
    if (event.key === 'Alt' && drag?.kind === 'lift') {
      event.preventDefault();
      this.drag = null;
      this.say([], null);
      this.store.edit({ type: 'pin', buffer: drag.rect.buffer, offset: drag.offset });
    }
  }

  private pan(along: number): void {
    this.go(layout.panned(this.window, this.whole, along, 0));
  }

  /** About the selection when there is one in sight, else about the middle. */
  private zoom(factor: number, vertical: boolean): void {
    const w = this.window;
    const steps = this.shown === null ? null : span(this.shown, this.store.selected);
    const place = steps === null ? null : (this.axis.of(steps[0]) + this.axis.of(steps[1])) / 2;
    const about = place !== null && place >= w.left && place < w.right ? place : (w.left + w.right) / 2;
    const both = vertical ? { x: 1, y: factor } : { x: factor, y: 1 };
    this.go(layout.zoomed(w, this.whole, both, about, (w.bottom + w.top) / 2));
  }

  private selectPlace(place: number): void {
    const row = this.shown?.rows[place];
    if (row !== undefined) {
      this.store.select(rowFocus(row));
    }
  }

  private selectRow(by: number): void {
    const rows = this.shown?.rows ?? [];
    const now = this.selectedPlace();
    this.selectPlace(now === null ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(now + by, 0), rows.length - 1));
  }

  /** Of the selected row, or of the first that the selected buffer's life meets. */
  private selectedPlace(): number | null {
    const steps = this.shown === null ? null : span(this.shown, this.store.selected);
    const found = steps === null ? -1 : (this.shown?.rows ?? []).findIndex(r => r.end_step > steps[0]);
    const { selected } = this.store;
    const exact = selected === null ? undefined : this.shown?.place.get(`${selected.kind}:${selected.id}`);
    return exact ?? (found < 0 ? null : found);
  }

  /** The next buffer up or down among those alive at the selection, or else at the peak. */
  private selectBuffer(by: number): void {
    const of = this.shown;
    if (of === null) {
      return;
    }
    const { selected } = this.store;
    const step = span(of, selected)?.[0] ?? of.head.peak?.step ?? 0;
    const alive = of.rects.filter(r => r.first_step <= step && step < r.end_step).sort((a, b) => a.offset - b.offset);
    const at = selected?.kind === 'buffer' ? alive.findIndex(r => r.buffer === selected.id) : by > 0 ? -1 : alive.length;
    const next = alive[Math.min(Math.max(at + by, 0), alive.length - 1)];
    if (next !== undefined) {
      this.store.select({ kind: 'buffer', id: next.buffer });
    }
  }
}
