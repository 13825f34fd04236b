// What the core and the links are busy with, beneath the timeline and on its axis. Pure, but for the canvas.

import type { Axis } from './axis.js';
import type { Window } from './layout.js';
import type { Ink } from './paint.js';
import type { Lane } from './protocol.js';

/** What one lane is busy with; `op` is null where no operator runs. */
export type Span = {
  work: Lane['work'][number]; op: number | null; first_step: number; end_step: number;
  start_us: number; end_us: number; busy_us: number; mixed: boolean;
};
/** Spans of one lane, by ascending place, none over another. `from` and `end` are places on the axis. */
export type Placed = { span: Span; from: number; end: number };
export type LaneName = 'cpu' | 'copy';

export const LANES: readonly LaneName[] = ['cpu', 'copy'];
export const LANE_PX = { height: 12, pitch: 16, top: 2 };

const LABEL_FITS_PX = 34;
const HATCH_PX = 5;
/** What is at work for the least part of the time is still to be seen. */
const LEAST_SHARE = 0.3;

/**
 * Where a lane's spans lie. On the axis of time they lie where they are; on that of steps, a span fills its steps, and
 * a transfer beside the core ends where that moment is: `time` tells steps from microseconds.
 */
export function placed(lane: Lane, axis: Axis, time: Axis): Placed[] {
  return lane.work.map((work, i) => {
    const span = {
      work, op: lane.op[i] < 0 ? null : lane.op[i], first_step: lane.first_step[i], end_step: lane.end_step[i],
      start_us: lane.start_us[i], end_us: lane.end_us[i], busy_us: lane.busy_us[i], mixed: lane.mixed[i]
    };
    if (axis.kind === 'time') {
      return { span, from: span.start_us, end: span.end_us };
    }
    const end = work === 'transfer' ? Math.max(span.end_step, time.step(span.end_us)) : span.end_step;
    return { span, from: axis.of(span.first_step), end: axis.of(end) };
  });
}

/** The span at a place of the axis; of those that take no time, none. */
export function spanAt(lane: readonly Placed[], place: number): Span | null {
  const at = firstEndingAfter(lane, place);
  return at < lane.length && lane[at].from <= place ? lane[at].span : null;
}

/** Index of the first span that ends behind `place`. */
export function firstEndingAfter(lane: readonly Placed[], place: number): number {
  let lo = 0;
  let hi = lane.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (lane[mid].end <= place) {
      lo = mid + 1;
    } else {
      hi = mid;
    }
  }
  return lo;
}

/** Spans too narrow to be seen, put together. */
type Fine = { from: number; end: number; color: string; alpha: number };

export type LaneScene = {
  window: Window;
  x: number;
  width: number;
  ink: Ink;
  /** How strongly an operator is painted, 0 to 1; neighbours differ. */
  strength: (span: Span) => number;
  label: (span: Span) => string;
};

/** Paints one lane whose upper edge is `y`. What is narrower than a pixel is put together with its neighbours. */
export function paintLane(to: CanvasRenderingContext2D, lane: readonly Placed[], y: number, scene: LaneScene): void {
  const { window: w, x: left, width, ink, strength } = scene;
  const scale = width / (w.right - w.left);
  const pixel = (place: number): number => left + (Math.min(Math.max(place, w.left), w.right) - w.left) * scale;
  to.fillStyle = ink.line;
  to.fillRect(left, y + LANE_PX.height, width, 1);
  let fine = null as Fine | null;
  const flush = (): void => {
    if (fine !== null) {
      box(to, fine.color, fine.alpha, fine.from, y, Math.max(fine.end - fine.from, 0.75));
      fine = null;
    }
  };
  for (let i = firstEndingAfter(lane, w.left); i < lane.length && lane[i].from < w.right; i++) {
    const { span, from, end } = lane[i];
    const [x0, x1] = [pixel(from), pixel(end)];
    const color = span.work === 'compute' ? ink.role.activation : span.work === 'stall' ? ink.limit : ink.faintText;
    const share = span.mixed ? Math.min(span.busy_us / Math.max(span.end_us - span.start_us, 1e-3), 1) : 1;
    const alpha = strength(span) * (LEAST_SHARE + (1 - LEAST_SHARE) * share);
    if (x1 - x0 < 1) {
      if (fine !== null && (x1 - fine.from > 1 || fine.color !== color)) {
        flush();
      }
      fine = fine === null ? { from: x0, end: x1, color, alpha } : { ...fine, end: x1, alpha: Math.max(fine.alpha, alpha) };
      continue;
    }
    flush();
    if (span.work === 'stall') {
      hatch(to, ink.limit, x0, y, x1 - x0);
    } else {
      box(to, color, alpha, x0, y, x1 - x0 - (x1 - x0 > 3 ? 1 : 0));
    }
    if (x1 - x0 > LABEL_FITS_PX) {
      write(to, ink, scene.label(span), x0, y, x1 - x0);
    }
  }
  flush();
}

function box(to: CanvasRenderingContext2D, color: string, alpha: number, x: number, y: number, width: number): void {
  to.fillStyle = color;
  to.globalAlpha = alpha;
  to.fillRect(x, y, width, LANE_PX.height);
  to.globalAlpha = 1;
}

/** Waiting has stripes: it is told apart without colour, too. */
function hatch(to: CanvasRenderingContext2D, color: string, x: number, y: number, width: number): void {
  const { height } = LANE_PX;
  to.save();
  to.beginPath();
  to.rect(x, y, width, height);
  to.clip();
  to.strokeStyle = color;
  to.beginPath();
  for (let at = x - height; at < x + width; at += HATCH_PX) {
    to.moveTo(at, y + height);
    to.lineTo(at + height, y);
  }
  to.stroke();
  to.restore();
}

function write(to: CanvasRenderingContext2D, ink: Ink, text: string, x: number, y: number, width: number): void {
  if (to.measureText(text).width <= width - 8) {
    to.textAlign = 'left';
    to.textBaseline = 'middle';
    to.fillStyle = ink.text;
    to.fillText(text, x + 4, y + LANE_PX.height / 2 + 0.5);
  }
}
