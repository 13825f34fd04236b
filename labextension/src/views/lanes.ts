// Lanes for the core and for copies beneath the timeline. Asked for when the picture has come to rest, and only while
// they are looked at; of long plans, what is in sight is asked for again in more detail.

import type { Axis } from '../axis.js';
import { timeAxis } from '../axis.js';
import { button, h, setAttr } from '../dom.js';
import { quantity, steps } from '../format.js';
import type { Frame, Window } from '../layout.js';
import { placeAt } from '../layout.js';
import type { Ink } from '../paint.js';
import type { LaneName, Placed, Span } from '../paint-lanes.js';
import { LANE_PX, LANES, paintLane, placed, spanAt } from '../paint-lanes.js';
import type { Focus, Picture } from '../picture.js';
import { rowFocus, rowOf } from '../picture.js';
import type { Lanes } from '../protocol.js';
import type { Store } from '../store.js';
import { milliseconds, operatorName } from '../words.js';

/** How long the picture has to rest. */
const REST_MS = 200;
const MARGIN_SHARE = 0.5;
const WORDS: Record<Span['work'], string> = { compute: '', move: 'the core copies', stall: 'the core waits', transfer: 'a link copies' };
const HEIGHT_PX = LANE_PX.top + LANE_PX.pitch * LANES.length;

type Seen = { of: Picture; axis: Axis; window: Window; frame: Frame };

export class LanesView {
  readonly element: HTMLElement;
  /** Shows and hides the lanes. */
  readonly toggle: HTMLButtonElement;
  private readonly canvas = h('canvas', { class: 'mcu-lanes-canvas', role: 'img', 'aria-label': 'Core and copies' });
  private readonly tip = h('div', { class: 'mcu-tip', hidden: true });
  private lanes: Lanes | null = null;
  /** Some of its spans stand for several. */
  private coarse = false;
  private places: { of: Lanes; axis: Axis; lanes: Record<LaneName, Placed[]> } | null = null;
  private seen: Seen | null = null;
  private wanted = true;
  private timer = 0;
  private asking = false;

  /** `redraw` is called when there is something new to draw. */
  constructor(private readonly store: Store, private readonly redraw: () => void) {
    this.element = h('div', { class: 'mcu-lanes' }, this.canvas, this.tip);
    this.toggle = button('mcu-quiet', 'Lanes', 'What the core and the links are busy with', () => this.show(!this.wanted));
    this.toggle.setAttribute('aria-pressed', 'true');
    this.canvas.style.height = `${HEIGHT_PX}px`;
    this.canvas.addEventListener('pointermove', e => this.point(e));
    this.canvas.addEventListener('pointerleave', () => this.leave());
    this.canvas.addEventListener('click', e => this.store.select(this.focusOf(this.spanAt(e))));
  }

  dispose(): void {
    clearTimeout(this.timer);
  }

  draw(of: Picture, axis: Axis, window: Window, frame: Frame, ink: Ink): void {
    this.seen = { of, axis, window, frame };
    const { clientWidth } = this.canvas;
    const to = this.canvas.getContext('2d');
    if (this.element.hidden || to === null || clientWidth === 0) {
      return;
    }
    this.want();
    const ratio = globalThis.devicePixelRatio || 1;
    const [width, height] = [Math.round(clientWidth * ratio), Math.round(HEIGHT_PX * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    to.setTransform(ratio, 0, 0, ratio, 0, 0);
    to.clearRect(0, 0, clientWidth, HEIGHT_PX);
    to.font = ink.font;
    const lanes = this.place(axis);
    const { hover, selected } = this.store;
    const lit = hover ?? selected;
    const row = rowOf(of, lit);
    const isLit = ({ op, first_step }: Span): boolean => op !== null
      ? lit?.kind === 'operator' && lit.id === op
      : row?.kind === 'transfer' && row.first_step <= first_step && first_step < row.end_step;
    const stale = this.lanes?.rev === this.store.port.state?.rev ? 1 : 0.4;
    const strength = (span: Span): number => {
      const base = span.op === null ? 0.7 : (of.place.get(`operator:${span.op}`) ?? 0) % 2 === 0 ? 0.65 : 0.4;
      return stale * (isLit(span) ? 1 : base);
    };
    const label = (span: Span): string => this.nameOf(span);
    LANES.forEach((lane, i) => {
      const y = LANE_PX.top + i * LANE_PX.pitch;
      to.fillStyle = ink.faintText;
      to.textAlign = 'right';
      to.textBaseline = 'middle';
      to.fillText(lane, frame.x - 6, y + LANE_PX.height / 2 + 0.5);
      paintLane(to, lanes[lane], y, { window, x: frame.x, width: frame.width, ink, strength, label });
    });
    setAttr(this.canvas, 'data-rev', this.lanes?.rev ?? '');
  }

  /** Beside another plan there are none: both pictures have to be as high. */
  makeRoom(alone: boolean): void {
    this.toggle.disabled = !alone;
    this.show(this.wanted);
  }

  private show(now: boolean): void {
    this.wanted = now;
    this.element.hidden = !now || this.toggle.disabled;
    this.toggle.setAttribute('aria-pressed', String(now));
    this.redraw();
  }

  private place(axis: Axis): Record<LaneName, Placed[]> {
    const { lanes } = this;
    const state = this.store.port.state;
    if (lanes === null || state === null) {
      return { cpu: [], copy: [] };
    }
    if (this.places?.of !== lanes || this.places.axis !== axis) {
      const time = timeAxis(state.picture.head.steps, state.timing);
      this.places = { of: lanes, axis, lanes: { cpu: placed(lanes.cpu, axis, time), copy: placed(lanes.copy, axis, time) } };
    }
    return this.places.lanes;
  }

  /** Asks, after a rest, unless what is there is of this revision and fine enough for what is in sight. */
  private want(): void {
    const state = this.store.port.state;
    const range = this.range();
    const { lanes } = this;
    const fine = lanes !== null && lanes.rev === state?.rev && lanes.lo <= range[0] && lanes.hi >= range[1] &&
      (range[1] - range[0] > (lanes.hi - lanes.lo) / 4 || !this.coarse);
    clearTimeout(this.timer);
    if (!fine && state !== null && !this.asking) {
      this.timer = setTimeout(() => this.ask(), REST_MS) as unknown as number;
    }
  }

  /** The steps in sight. */
  private range(): [number, number] {
    if (this.seen === null) {
      return [0, 0];
    }
    const { axis, window, of } = this.seen;
    return [Math.max(Math.floor(axis.step(window.left)), 0), Math.min(Math.ceil(axis.step(window.right)), of.head.steps)];
  }

  private ask(): void {
    const total = this.store.picture?.head.steps ?? 0;
    const [lo, hi] = this.range();
    const margin = Math.ceil((hi - lo) * MARGIN_SHARE);
    const wide = (hi - lo) * 2 >= total;
    const asked = { lo: wide ? 0 : Math.max(lo - margin, 0), hi: wide ? total : Math.min(hi + margin, total) };
    this.asking = true;
    this.store.port.ask({ type: 'lanes', ...asked }).then(
      lanes => {
        this.asking = false;
        if (lanes.type === 'lanes') {
          this.lanes = lanes;
          this.coarse = [...lanes.cpu.mixed, ...lanes.copy.mixed].includes(true);
          this.describe(lanes);
        }
        this.redraw();
      },
      () => (this.asking = false)
    );
  }

  private describe({ lo, hi, cpu, copy }: Lanes): void {
    const sum = (times: number[]): string => milliseconds(times.reduce((all, us) => all + us, 0));
    const words = `Core and copies, ${steps(lo, hi)}: the core is at work or waits for ${sum(cpu.busy_us)}, bytes are copied for ${sum(copy.busy_us)} (estimates)`;
    this.canvas.setAttribute('aria-label', words);
  }

  private spanAt(event: MouseEvent): Span | null {
    if (this.seen === null) {
      return null;
    }
    const { axis, window, frame } = this.seen;
    const box = this.canvas.getBoundingClientRect();
    const lane = LANES[Math.floor((event.clientY - box.top - LANE_PX.top) / LANE_PX.pitch)];
    const x = event.clientX - box.left;
    const inside = x >= frame.x && x < frame.x + frame.width;
    return lane === undefined || !inside ? null : spanAt(this.place(axis)[lane], placeAt(window, frame, x));
  }

  private focusOf(span: Span | null): Focus | null {
    if (span === null) {
      return null;
    }
    if (span.op !== null) {
      return { kind: 'operator', id: span.op };
    }
    const row = this.transferOf(span);
    return row === undefined ? null : rowFocus(row);
  }

  private transferOf(span: Span): Picture['rows'][number] | undefined {
    return this.seen?.of.rows.find(r => r.kind === 'transfer' && r.first_step <= span.first_step && span.first_step < r.end_step);
  }

  private nameOf(span: Span): string {
    return span.op !== null && this.seen !== null ? operatorName(this.seen.of, span.op) : (this.transferOf(span)?.label ?? WORDS[span.work]);
  }

  private point(event: PointerEvent): void {
    const span = this.spanAt(event);
    const state = this.store.port.state;
    this.store.point(this.focusOf(span));
    this.tip.hidden = span === null || state === null;
    if (span === null || state === null) {
      return;
    }
    const cycles = `${quantity(Math.round((span.busy_us * state.device.clock_hz) / 1e6))} cycles`;
    const lines = [
      `${this.nameOf(span)}${span.mixed ? ' and others' : ''}`,
      [WORDS[span.work], steps(span.first_step, span.end_step)].filter(Boolean).join(' · '),
      `${milliseconds(span.busy_us)} · ${cycles} (estimate)`
    ];
    this.tip.replaceChildren(...lines.map((line, i) => h('div', { class: i === 0 ? 'mcu-tip-title' : '' }, line)));
    const x = event.clientX - this.canvas.getBoundingClientRect().left;
    const room = this.canvas.clientWidth - this.tip.offsetWidth;
    this.tip.style.left = `${Math.max(Math.min(x + 12, room), 0)}px`;
  }

  private leave(): void {
    this.tip.hidden = true;
    this.store.point(null);
  }
}
