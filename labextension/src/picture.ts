// Look-ups over a projection. Everything that is counted was counted in Python.

import type { Head, ModelInfo, Projection, Rect, Row, Schedule, Stage, TensorInfo } from './protocol.js';

/** A thing that can be pointed at. Ids outlive edits: a stage's is its lowest operator's, a transfer's its step. */
export type Focus =
  | { kind: 'operator' | 'stage' | 'transfer' | 'tensor'; id: number }
  | { kind: 'buffer'; id: string };

export type Picture = {
  model: ModelInfo;
  head: Head;
  rows: Row[];
  curve: Projection['curve'];
  /** The rectangles to draw: buffers in the arena's memory. */
  rects: Rect[];
  buffer: Map<string, Rect>;
  tensors: Map<number, TensorInfo>;
  /** Where an operator, stage or transfer stands in `rows`. */
  place: Map<string, number>;
  stages: Map<number, Stage>;
  order: readonly number[];
  pins: Map<string, number>;
  /** Buffers that make the peak. */
  peak: Set<string>;
};

export function picture(model: ModelInfo, projection: Projection, schedule: Schedule): Picture {
  const { head, rows, curve } = projection;
  return {
    model,
    head,
    rows,
    curve,
    rects: projection.rects.filter(r => r.memory === head.arena),
    buffer: new Map(projection.rects.map(r => [r.buffer, r])),
    tensors: new Map(model.tensors.map(t => [t.id, t])),
    place: new Map(rows.map((row, i) => [keyOf(rowFocus(row)), i])),
    stages: new Map(schedule.stages.map(s => [Math.min(...s.operators), s])),
    order: schedule.order,
    pins: new Map(schedule.pins),
    peak: new Set(head.peak?.buffers ?? [])
  };
}

export function keyOf(focus: Focus | null): string {
  return focus === null ? '' : `${focus.kind}:${focus.id}`;
}

/** What a row of the list stands for. */
export function rowFocus(row: Row): Focus {
  if (row.kind === 'stage') {
    return { kind: 'stage', id: row.stage ?? -1 };
  }
  return row.op === null ? { kind: 'transfer', id: row.first_step } : { kind: 'operator', id: row.op };
}

export function rowOf(of: Picture, focus: Focus | null): Row | null {
  const at = of.place.get(keyOf(focus));
  return at === undefined ? null : of.rows[at];
}

/** Whether the picture still has what the focus names. */
export function has(of: Picture, focus: Focus): boolean {
  if (focus.kind === 'buffer') {
    return of.buffer.has(focus.id);
  }
  return focus.kind === 'tensor' ? of.tensors.has(focus.id) : of.place.has(keyOf(focus));
}

/** The steps a focus spans, half-open; null when it has none. */
export function span(of: Picture, focus: Focus | null): [number, number] | null {
  if (focus === null || focus.kind === 'tensor') {
    return null;
  }
  const found = focus.kind === 'buffer' ? of.buffer.get(focus.id) : rowOf(of, focus);
  return found ? [found.first_step, found.end_step] : null;
}

/** The buffers a focus stands for: itself, those that hold the tensor, or those that are read and written. */
export function touched(of: Picture, focus: Focus | null): Set<string> {
  if (focus === null) {
    return new Set();
  }
  if (focus.kind === 'buffer') {
    return new Set([focus.id]);
  }
  if (focus.kind === 'tensor') {
    return new Set([...of.buffer.values()].filter(r => r.tensors.includes(focus.id)).map(r => r.buffer));
  }
  return new Set(rowsOf(of, focus).flatMap(i => [...of.rows[i].reads, ...of.rows[i].writes]));
}

/** Places of the rows a focus stands for: itself, a stage with all in it, or those that write and read a buffer. */
export function rowsOf(of: Picture, focus: Focus | null): number[] {
  if (focus === null) {
    return [];
  }
  const places = (keys: string[]): number[] => keys.flatMap(key => of.place.get(key) ?? []);
  const ofOperators = (ids: readonly number[]): number[] => places([...new Set(ids)].map(id => `operator:${id}`));
  switch (focus.kind) {
    case 'buffer': {
      const rect = of.buffer.get(focus.id);
      return rect === undefined ? [] : ofOperators([...rect.writers, ...rect.readers]);
    }
    case 'tensor': {
      const uses = of.model.operators.filter(o => o.inputs.includes(focus.id) || o.outputs.includes(focus.id));
      return ofOperators(uses.map(o => o.id));
    }
    case 'stage':
      return [...places([keyOf(focus)]), ...ofOperators(of.stages.get(focus.id)?.operators ?? [])];
    default:
      return places([keyOf(focus)]);
  }
}

/** Operators in execution order that move together with the focus: itself, its stage, or none. */
export function movers(of: Picture, focus: Focus | null): number[] {
  if (focus?.kind === 'stage') {
    const members = new Set(of.stages.get(focus.id)?.operators ?? []);
    return of.order.filter(op => members.has(op));
  }
  return focus?.kind === 'operator' ? [focus.id] : [];
}

/** The bytes alive at a step, read off the curve. */
export function liveAt(curve: Projection['curve'], step: number): number {
  let lo = 0;
  let hi = curve.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (curve[mid][0] <= step) {
      lo = mid + 1;
    } else {
      hi = mid;
    }
  }
  return lo === 0 ? 0 : curve[lo - 1][1];
}

/** A stage to begin with: a row at a time, everything else as by default. */
export function rowByRow(operators: number[]): Stage {
  return { operators, rows: 1, fresh: 'inside', kind: 'rows' };
}
