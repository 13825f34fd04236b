// What may be done with an operator, a buffer or a constant.

import { button, h } from '../dom.js';
import { exactBytes } from '../format.js';
import type { Picture } from '../picture.js';
import { rowByRow, rowOf } from '../picture.js';
import type { BufferChoices, OperatorChoices, TensorChoices } from '../protocol.js';
import type { Store } from '../store.js';
import { operatorName } from '../words.js';
import { act, choose, previewed, toggle, why } from './controls.js';

export function operatorControls(store: Store, of: Picture, op: number, choices: OperatorChoices): HTMLElement[] {
  const { moves, alias, in_place, stage } = choices;
  const from = of.order.indexOf(op);
  const legal = moves.ranges.map(([lo, hi]) => (hi - lo === 1 ? `${lo}` : `${lo} to ${hi - 1}`)).join(', ');
  const parts: HTMLElement[] = [
    h('p', { class: 'mcu-line' }, `Stands at ${from}; may stand at ${legal === '' ? from : legal}.`),
    ...[moves.earliest, moves.latest].flatMap(end => (end === null ? [] : [why(end.text)]))
  ];
  if (alias !== null) {
    parts.push(toggle(store, 'alias', 'moves no byte: its tensors share storage', alias, on => ({ type: 'set_alias', operator: op, on })));
  }
  for (const { slot, tensor, choice } of in_place) {
    const name = of.tensors.get(tensor)?.label ?? `input ${slot}`;
    parts.push(toggle(store, `in-place-${slot}`, `in place, over ${name}`, choice, on => ({ type: 'set_in_place', operator: op, slot: on ? slot : null })));
  }
  const run = of.order.slice(stage.lo, stage.hi);
  const within = rowOf(of, { kind: 'operator', id: op })?.stage ?? null;
  if (stage.legal && run.length > 0) {
    const operators = [...run];
    const label = `Make a stage of ${stage.lo} to ${stage.hi - 1}`;
    const title = `The widest run around this that can be executed by rows: ${operatorName(of, run[0])} to ${operatorName(of, run[run.length - 1])}`;
    parts.push(h('div', { class: 'mcu-acts' }, act(store, 'stage', label, title, () => ({ type: 'make_stage', stage: rowByRow(operators) }))));
  } else if (within !== null) {
    const link = button('mcu-link', 'Part of a stage', 'Show the stage', () => store.select({ kind: 'stage', id: within }));
    link.dataset.key = 'stage-link';
    parts.push(link);
  } else if (stage.why !== '') {
    parts.push(why(stage.why));
  }
  return parts;
}

export function bufferControls(store: Store, buffer: string, offset: number, choices: BufferChoices): HTMLElement[] {
  const { pinned, alignment, offsets } = choices;
  const input = h('input', {
    type: 'number', class: 'mcu-input', min: 0, step: alignment, value: pinned ?? offset, 'data-key': 'pin', 'aria-label': 'Offset in bytes'
  });
  const edit = () => ({ type: 'pin', buffer, offset: Math.max(Math.round(Number(input.value)), 0) }) as const;
  input.addEventListener('input', () => store.preview.of(edit()));
  input.addEventListener('keydown', e => e.key === 'Enter' && store.edit(edit()));
  const pin = act(store, 'pin-it', pinned === null ? 'Pin here' : 'Move pin', 'Keep the buffer at this offset, whatever a search would rather have', edit);
  const free = pinned === null ? null : act(store, 'unpin', 'Unpin', 'Let it be placed freely again', () => ({ type: 'unpin', buffer }));
  const gaps = offsets.slice(0, 4).map(([lo, hi]) => `${lo.toLocaleString('en-US')} to ${(hi - 1).toLocaleString('en-US')}`);
  const line = h('div', { class: 'mcu-acts' }, h('label', {}, 'offset ', input), pin, free);
  previewed(store, line, () => (Number(input.value) === (pinned ?? -1) ? null : edit()));
  return [line, h('small', {}, `multiples of ${exactBytes(alignment)}; clear of other pins: ${gaps.join(', ')}${offsets.length > 4 ? ' …' : ''}`)];
}

export function tensorControls(store: Store, tensor: number, choices: TensorChoices): HTMLElement[] {
  const { memories } = choices;
  if (memories.length === 0) {
    return [];
  }
  const options = memories.map(({ memory, choice }) => ({ value: memory, words: memory, why: choice.on || choice.legal ? null : choice.why }));
  const now = memories.find(m => m.choice.on)?.memory ?? '';
  return [choose(store, 'store', 'Stored in', options, now, memory => ({ type: 'store', tensors: [tensor], memory }))];
}
