// Where things lie on a canvas: pure functions between plan space (steps or time × bytes) and pixels.

import type { Axis } from './axis.js';
import type { Rect } from './protocol.js';

/** A window on plan space: places on the axis `left..right`, bytes `bottom..top`. */
export type Window = { left: number; right: number; bottom: number; top: number };

/** The part of a canvas that shows a window, in CSS pixels; `y` grows downward. */
export type Frame = { x: number; y: number; width: number; height: number };

export type Point = { x: number; y: number };
/** A box in CSS pixels. */
export type PixelBox = { x: number; y: number; width: number; height: number };

const CLOSEST_STEPS = 2;
const CLOSEST_BYTES = 16;
const HEADROOM = 1.06;
/** A limit farther above the arena than this would squash the picture; it is shown as a note instead. */
const LIMIT_IN_SIGHT = 2.5;

/** The window that shows everything: the whole axis, the arena, and the limit when it is near. */
export function everything(end: number, arenaBytes: number, limitBytes: number | null): Window {
  const near = limitBytes !== null && limitBytes <= arenaBytes * LIMIT_IN_SIGHT;
  const top = Math.max(arenaBytes, near ? limitBytes : 0, CLOSEST_BYTES) * HEADROOM;
  return { left: 0, right: Math.max(end, 1), bottom: 0, top };
}

export const xOf = (w: Window, f: Frame, place: number): number =>
  f.x + ((place - w.left) / (w.right - w.left)) * f.width;

export const yOf = (w: Window, f: Frame, bytes: number): number =>
  f.y + f.height - ((bytes - w.bottom) / (w.top - w.bottom)) * f.height;

export const placeAt = (w: Window, f: Frame, x: number): number =>
  w.left + ((x - f.x) / f.width) * (w.right - w.left);

export const bytesAt = (w: Window, f: Frame, y: number): number =>
  w.bottom + ((f.y + f.height - y) / f.height) * (w.top - w.bottom);

/** Zoom by `factor` (< 1 comes closer) about a point of plan space, kept within `whole`. */
export function zoomed(w: Window, whole: Window, factor: { x: number; y: number }, place: number, bytes: number): Window {
  const [left, right] = scaled(w.left, w.right, factor.x, place, CLOSEST_STEPS, whole.left, whole.right);
  const [bottom, top] = scaled(w.bottom, w.top, factor.y, bytes, CLOSEST_BYTES, whole.bottom, whole.top);
  return { left, right, bottom, top };
}

/** Move along the axis and by bytes, kept within `whole`. */
export function panned(w: Window, whole: Window, along: number, bytes: number): Window {
  const [left, right] = kept(w.left + along, w.right + along, whole.left, whole.right);
  const [bottom, top] = kept(w.bottom + bytes, w.top + bytes, whole.bottom, whole.top);
  return { left, right, bottom, top };
}

/** The least move that brings `first..end` of the axis into sight. */
export function revealed(w: Window, whole: Window, first: number, end: number): Window {
  const by = first < w.left ? first - w.left : end > w.right ? end - w.right : 0;
  return by === 0 ? w : panned(w, whole, by, 0);
}

/** Where a rectangle lies, or null when it is out of sight. */
export function boxOf(w: Window, f: Frame, axis: Axis, r: Rect): PixelBox | null {
  const low = r.offset;
  const high = r.offset + r.bytes;
  const first = axis.of(r.first_step);
  const end = axis.of(r.end_step);
  if (end <= w.left || first >= w.right || high <= w.bottom || low >= w.top) {
    return null;
  }
  const x = Math.max(xOf(w, f, first), f.x);
  const y = Math.max(yOf(w, f, high), f.y);
  const width = Math.min(xOf(w, f, end), f.x + f.width) - x;
  const height = Math.min(yOf(w, f, low), f.y + f.height) - y;
  return { x, y, width, height };
}

/** The bytes of a rectangle that are live at a step: [from, up to) from its offset on; whole without an outline. */
export function liveBytes(r: Rect, step: number): [number, number] {
  let found: [number, number] = r.outline.length === 0 ? [0, r.bytes] : [0, 0];
  for (const [from, lo, hi] of r.outline) {
    if (from > step) {
      break;
    }
    found = [lo, hi];
  }
  return found;
}

/** The rectangle at a point of plan space: of several, one that lives just there, then the smallest. */
export function rectAt(rects: readonly Rect[], step: number, bytes: number): Rect | null {
  let found: Rect | null = null;
  let best = Infinity;
  for (const r of rects) {
    if (r.first_step <= step && step < r.end_step && r.offset <= bytes && bytes < r.offset + r.bytes) {
      const [lo, hi] = liveBytes(r, step);
      const dead = bytes < r.offset + lo || bytes >= r.offset + hi;
      const rank = r.bytes + (dead ? Number.MAX_SAFE_INTEGER / 2 : 0);
      if (rank < best) {
        found = r;
        best = rank;
      }
    }
  }
  return found;
}

/** Round byte marks between `low` and `high`, at most about `most`: 1, 2 or 4 … times a power of two. */
export function byteTicks(low: number, high: number, most: number): number[] {
  return marks(low, high, 2 ** Math.ceil(Math.log2(Math.max((high - low) / Math.max(most, 1), 1))));
}

/** Round marks between `low` and `high`, at most about `most`: 1, 2, 5, 10 … */
export function decimalTicks(low: number, high: number, most: number): number[] {
  const rough = Math.max((high - low) / Math.max(most, 1), 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const every = [1, 2, 5, 10].map(n => n * power).find(n => n >= rough) ?? 10 * power;
  return marks(low, high, every);
}

/** Which rows of a list of equal rows are in sight, `lo <= i < hi`, with a few to spare. */
export function rowsInSight(scrollTop: number, height: number, rowHeight: number, count: number): [number, number] {
  const spare = 6;
  const lo = Math.max(0, Math.floor(scrollTop / rowHeight) - spare);
  const hi = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + spare);
  return [Math.min(lo, hi), hi];
}

function marks(low: number, high: number, every: number): number[] {
  const found: number[] = [];
  for (let at = Math.ceil(low / every) * every; at <= high; at += every) {
    found.push(at);
  }
  return found;
}

function scaled(
  lo: number, hi: number, factor: number, about: number, closest: number, min: number, max: number
): [number, number] {
  const span = Math.min(Math.max((hi - lo) * factor, Math.min(closest, max - min)), max - min);
  const share = hi === lo ? 0.5 : (about - lo) / (hi - lo);
  const start = about - share * span;
  return kept(start, start + span, min, max);
}

function kept(lo: number, hi: number, min: number, max: number): [number, number] {
  const span = Math.min(hi - lo, max - min);
  const start = Math.min(Math.max(lo, min), max - span);
  return [start, start + span];
}

/** Whether two boxes have a pixel in common. */
export function meet(a: PixelBox, b: PixelBox): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
