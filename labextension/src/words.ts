// Sentences for tooltips, the inspector and the status line, out of a picture's facts.

import { exactBytes, quantity, shape, steps } from './format.js';
import type { Focus, Picture } from './picture.js';
import type { Rect } from './protocol.js';

const MOST_NAMED = 3;

/** Lines that describe what is pointed at; the first is its title. */
export function describeFocus(of: Picture, focus: Focus): string[] {
  if (focus.kind === 'step') {
    return describeStep(of, focus.step);
  }
  const rect = of.buffer.get(focus.buffer);
  return rect === undefined ? [] : describeRect(of, rect);
}

/** `3 conv 2d`. */
export function stepName(of: Picture, step: number): string {
  return `${step} ${of.rows[step]?.label ?? ''}`.trim();
}

export function describeRect(of: Picture, rect: Rect): string[] {
  const held = rect.tensors.flatMap(id => of.tensors.get(id) ?? []);
  const lines = [rect.label];
  if (held.length > 0) {
    const shown = held.slice(0, MOST_NAMED).map(t => `${shape(t.shape)} ${t.dtype}`);
    lines.push([...new Set(shown)].join(', ') + (held.length > 1 ? ` · ${held.length} tensors share these bytes` : ''));
  }
  lines.push(`${exactBytes(rect.bytes)} at ${rect.offset.toLocaleString('en-US')} · ${rect.role}`);
  lines.push(`alive: ${steps(rect.first_step, rect.end_step)}`);
  lines.push(`written by ${named(of, rect.writers, rect.role === 'input' ? 'the application' : 'nobody')}`);
  lines.push(`read by ${named(of, rect.readers, rect.role === 'output' ? 'the application' : 'nobody')}`);
  return lines;
}

export function describeStep(of: Picture, step: number): string[] {
  const row = of.rows[step];
  if (row === undefined) {
    return [];
  }
  const how = { compute: '', in_place: ' · in place', alias: ' · moves no byte', copy: '', wait: '' }[row.action];
  const lines = [`step ${step}: ${row.label}${how}`, `${exactBytes(row.live_bytes)} alive`];
  return row.macs > 0 ? [...lines, `${quantity(row.macs)} MACs`] : lines;
}

function named(of: Picture, which: readonly number[], none: string): string {
  if (which.length === 0) {
    return none;
  }
  const shown = which.slice(0, MOST_NAMED).map(s => stepName(of, s));
  const rest = which.length - shown.length;
  return shown.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
