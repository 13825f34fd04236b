// The horizontal axis of the timeline: steps, or the time they are estimated to take.

import type { Timing } from './protocol.js';

/** Monotone both ways between steps and places on the axis, which ends at `end`. */
export type Axis = { kind: 'steps' | 'time'; end: number; of: (step: number) => number; step: (place: number) => number };

export function stepAxis(steps: number): Axis {
  return { kind: 'steps', end: Math.max(steps, 1), of: step => step, step: place => place };
}

/** Time in microseconds, linear between the marks that the kernel gave. */
export function timeAxis(steps: number, { marks }: Timing): Axis {
  const at = marks.map(([step]) => step);
  const us = marks.map(([, start]) => start);
  const end = us.length === 0 ? 0 : us[us.length - 1];
  if (end <= 0) {
    return stepAxis(steps);
  }
  return { kind: 'time', end, of: step => between(at, us, step), step: place => between(us, at, place) };
}

/** Piecewise linear through (from[i], to[i]), constant outside. */
function between(from: readonly number[], to: readonly number[], value: number): number {
  let lo = 0;
  let hi = from.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (from[mid] <= value) {
      lo = mid + 1;
    } else {
      hi = mid;
    }
  }
  if (lo === 0 || lo === from.length) {
    return to[Math.max(lo - 1, 0)];
  }
  const share = (value - from[lo - 1]) / (from[lo] - from[lo - 1]);
  return to[lo - 1] + share * (to[lo] - to[lo - 1]);
}
