// Look-ups over a projection. Everything that is counted was counted in Python.

import type { ModelInfo, Projection, Rect, Row, TensorInfo } from './protocol.js';

/** A thing that can be pointed at. */
export type Focus = { kind: 'step'; step: number } | { kind: 'buffer'; buffer: string };

export type Picture = {
  model: ModelInfo;
  projection: Projection;
  rows: Row[];
  /** The rectangles to draw: buffers in the arena's memory. */
  rects: Rect[];
  buffer: Map<string, Rect>;
  tensors: Map<number, TensorInfo>;
  /** Buffers that make the peak. */
  peak: Set<string>;
  has: (focus: Focus) => boolean;
};

export function picture(model: ModelInfo, projection: Projection): Picture {
  const buffer = new Map(projection.rects.map(r => [r.buffer, r]));
  return {
    model,
    projection,
    rows: projection.rows,
    rects: projection.rects.filter(r => r.memory === projection.arena),
    buffer,
    tensors: new Map(model.tensors.map(t => [t.id, t])),
    peak: new Set(projection.peak?.buffers ?? []),
    has: focus => (focus.kind === 'step' ? focus.step < projection.rows.length : buffer.has(focus.buffer))
  };
}

/** The buffers a focus stands for: itself, or what the step reads and writes. */
export function touched(of: Picture, focus: Focus | null): Set<string> {
  if (focus === null) {
    return new Set();
  }
  if (focus.kind === 'buffer') {
    return new Set([focus.buffer]);
  }
  const row = of.rows[focus.step];
  return new Set(row === undefined ? [] : [...row.reads, ...row.writes]);
}

/** The steps a focus stands for: itself, or those that write and read the buffer. */
export function stepsOf(of: Picture, focus: Focus | null): Set<number> {
  if (focus === null) {
    return new Set();
  }
  if (focus.kind === 'step') {
    return new Set([focus.step]);
  }
  const rect = of.buffer.get(focus.buffer);
  return new Set(rect === undefined ? [] : [...rect.writers, ...rect.readers]);
}
