// A change applied to the state it was made for. Pure.

import type { Change, PictureChange, Projection, State } from './protocol.js';

/** The state after `change`; null when it was made for another revision than the one in `state`. */
export function changed(state: State | null, change: Change): State | null {
  if (state === null || state.rev !== change.base) {
    return null;
  }
  const { base: _, type: __, ...now } = change;
  return {
    ...now,
    type: 'state',
    device: change.device ?? state.device,
    model: change.model ?? state.model,
    rewrites: change.rewrites ?? state.rewrites,
    schedule: change.schedule ?? state.schedule,
    timing: change.timing ?? state.timing,
    picture: redrawn(state.picture, change.picture)
  };
}

/** Rectangles keep their places in the list, so that what did not change is painted in the same order. */
function redrawn(picture: Projection, change: PictureChange): Projection {
  const gone = new Set(change.rects_removed);
  const fresh = new Map(change.rects.map(r => [r.buffer, r]));
  const kept = picture.rects.filter(r => !gone.has(r.buffer)).map(r => fresh.get(r.buffer) ?? r);
  const known = new Set(kept.map(r => r.buffer));
  return {
    head: change.head,
    rows: spliced(picture.rows, change.rows),
    curve: spliced(picture.curve, change.curve),
    rects: [...kept, ...change.rects.filter(r => !known.has(r.buffer))]
  };
}

function spliced<T>(items: readonly T[], by: { start: number; end: number; items: T[] }): T[] {
  return [...items.slice(0, by.start), ...by.items, ...items.slice(by.end)];
}
