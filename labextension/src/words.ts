// Sentences for tooltips, the inspector and the status line, out of a picture's facts.

import { exactBytes, quantity, shape, size, steps } from './format.js';
import type { Focus, Picture } from './picture.js';
import { rowOf } from './picture.js';
import { differences } from './preview.js';
import type { Previewed, Rect, Row } from './protocol.js';

const MOST_NAMED = 3;

export const ACTION: Record<Row['action'], string> = {
  compute: '', in_place: 'in place', alias: 'free', copy: 'copy', wait: 'wait', parts: 'in parts'
};

/** Lines that describe what is pointed at; the first is its title. */
export function describeFocus(of: Picture, focus: Focus): string[] {
  if (focus.kind === 'buffer') {
    const rect = of.buffer.get(focus.id);
    return rect === undefined ? [] : describeRect(of, rect);
  }
  const row = rowOf(of, focus);
  return row === null ? [] : describeRow(row);
}

/** `3 conv`: where the operator stands and what it is. */
export function operatorName(of: Picture, op: number): string {
  const row = rowOf(of, { kind: 'operator', id: op });
  const label = of.model.operators[op]?.label ?? '';
  return `${row?.index ?? ''} ${label}`.trim();
}

export function rowName(row: Row): string {
  return row.index === null ? row.label : `${row.index} ${row.label}`;
}

export function describeRect(of: Picture, rect: Rect): string[] {
  const held = rect.tensors.flatMap(id => of.tensors.get(id) ?? []);
  const lines = [rect.label];
  if (held.length > 0) {
    const shown = held.slice(0, MOST_NAMED).map(t => `${shape(t.shape)} ${t.dtype}`);
    lines.push([...new Set(shown)].join(', ') + (held.length > 1 ? ` · ${held.length} tensors share these bytes` : ''));
  }
  const pinned = of.pins.has(rect.buffer) ? ' · pinned' : '';
  lines.push(`${exactBytes(rect.bytes)} at ${rect.offset.toLocaleString('en-US')} · ${rect.role}${pinned}`);
  lines.push(`alive: ${steps(rect.first_step, rect.end_step)}`);
  lines.push(`written by ${named(of, rect.writers, rect.role === 'input' ? 'the application' : 'nobody')}`);
  lines.push(`read by ${named(of, rect.readers, rect.role === 'output' ? 'the application' : 'nobody')}`);
  return lines;
}

export function describeRow(row: Row): string[] {
  const how = ACTION[row.action] === '' ? '' : ` · ${ACTION[row.action]}`;
  const span = steps(row.first_step, row.end_step);
  const lines = [`${rowName(row)}${how}`, `${exactBytes(row.live_bytes)} alive · ${span}`];
  return row.macs > 0 ? [...lines, `${quantity(row.macs)} MACs`] : lines;
}

/** What an edit would do, in a line. */
export function effectWords(answer: Previewed): string {
  if (answer.refused !== null) {
    return [answer.refused.what, answer.refused.hint].filter(Boolean).join(' ');
  }
  const parts = differences(answer).map(d => {
    switch (d.name) {
      case 'arena_bytes': return `SRAM ${signed(d.after - d.before, size)}`;
      case 'flash_bytes': return `constants ${signed(d.after - d.before, size)}`;
      case 'macs': return `MACs ×${(d.after / Math.max(d.before, 1)).toFixed(3)}`;
      default: return `latency ${signed(d.after - d.before, milliseconds)}`;
    }
  });
  return parts.length === 0 ? 'no difference in memory or work' : parts.join(' · ');
}

export function milliseconds(us: number): string {
  const ms = us / 1000;
  return ms >= 100 ? `${ms.toFixed(0)} ms` : ms >= 1 ? `${ms.toFixed(1)} ms` : `${us.toFixed(0)} µs`;
}

export function signed(value: number, words: (count: number) => string): string {
  return value < 0 ? `−${words(-value)}` : `+${words(value)}`;
}

function named(of: Picture, which: readonly number[], none: string): string {
  if (which.length === 0) {
    return none;
  }
  const shown = which.slice(0, MOST_NAMED).map(op => (op < 0 ? 'a transfer' : operatorName(of, op)));
  const rest = which.length - shown.length;
  return shown.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** Errors continue "where:"; here they begin a line. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
