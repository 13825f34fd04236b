// Where a row may be dropped: gaps between rows of the list, indices of the order, legal ranges. Pure.

import type { Moves, Row } from './protocol.js';

/** The place in the order that a gap before `rows[at]` means: that of the first operator from there on. */
export function gapIndex(rows: readonly Row[], at: number, operators: number): number {
  for (let i = at; i < rows.length; i++) {
    const { index } = rows[i];
    if (index !== null) {
      return index;
    }
  }
  return operators;
}

/** What to ask for when operators that begin at `from` are dropped into `gap`: the first one's index afterwards. */
export function target(gap: number, from: number, count: number): number {
  return gap <= from ? gap : Math.max(gap - count, from);
}

export function allowed(moves: Moves, to: number): boolean {
  return moves.ranges.some(([lo, hi]) => lo <= to && to < hi);
}

/** Why operators at `from` cannot stand at `to`, in the words of what stands in between; null when they can. */
export function barrier(moves: Moves, from: number, to: number): string | null {
  if (allowed(moves, to)) {
    return null;
  }
  const end = to < from ? moves.earliest : moves.latest;
  return end === null ? 'The order does not allow it here.' : end.text;
}
