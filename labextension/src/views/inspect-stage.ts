// What may be done with a stage: along which axis it is executed, in what parts, and where rows lie meanwhile.

import { h } from '../dom.js';
import type { Picture } from '../picture.js';
import type { Edit, Stage, StageChoices } from '../protocol.js';
import type { Store } from '../store.js';
import { act, choose, slider } from './controls.js';

type By = 'rows' | 'columns' | 'channels';

export function stageControls(store: Store, of: Picture, choices: StageChoices): HTMLElement[] {
  const { stage } = choices;
  const operator = Math.min(...stage.operators);
  const to = (change: Partial<Stage>): Edit => ({ type: 'change_stage', operator, stage: { ...stage, ...change } });
  const by: By = stage.channels > 0 ? 'channels' : stage.columns > 0 ? 'columns' : 'rows';
  const parts: HTMLElement[] = [
    choose(store, 'axis', 'In parts by', axes(choices, by), by, value => (value === by ? null : to(first(choices, value))))
  ];
  if (by === 'channels') {
    parts.push(slider(store, 'channels', 'Channels a slice', choices.channels, stage.channels, '', channels => to({ channels })));
  } else {
    parts.push(slider(store, 'rows', 'Rows a step', choices.rows, stage.rows, '', rows => to({ rows })));
    if (by === 'columns') {
      parts.push(slider(store, 'columns', 'Columns a tile', choices.columns, stage.columns, '', columns => to({ columns })));
    }
    const { recompute, apart } = choices;
    parts.push(
      choose<Stage['halo']>(
        store, 'halo', 'Rows wanted again',
        [
          { value: 'keep', words: 'keep', why: recompute.on && !recompute.legal ? recompute.why : null },
          { value: 'recompute', words: 'make anew', why: recompute.on || recompute.legal ? null : recompute.why }
        ],
        stage.halo, halo => to(halo === 'recompute' ? { halo, fresh: 'inside' } : { halo })
      ),
      choose<Stage['fresh']>(
        store, 'fresh', 'New rows lie',
        [
          { value: 'inside', words: 'in the ring', why: apart.on && !apart.legal ? apart.why : null },
          { value: 'apart', words: 'apart', why: apart.on || apart.legal ? null : apart.why }
        ],
        stage.fresh, fresh => to(fresh === 'apart' ? { fresh, halo: 'keep' } : { fresh })
      )
    );
  }
  return [...parts, h('div', { class: 'mcu-acts' }, ...edges(store, of, choices, to), act(store, 'ungroup', 'Ungroup', 'Run its operators whole again', () => ({ type: 'ungroup', operator })))];
}

/** An axis is offered where its range makes a difference. */
function axes({ columns, channels }: StageChoices, by: By): { value: By; words: string; why: string | null }[] {
  const room = ([low, end]: [number, number]): boolean => end - 1 > low || end > low;
  return [
    { value: 'rows', words: 'rows', why: null },
    { value: 'columns', words: 'tiles', why: by === 'columns' || room(columns) ? null : 'There are no columns to split.' },
    { value: 'channels', words: 'channels', why: by === 'channels' || room(channels) ? null : 'These operators do not run by channels.' }
  ];
}

/** Where to begin when the axis changes: half of what there is. */
function first({ columns, channels }: StageChoices, by: By): Partial<Stage> {
  const half = ([low, end]: [number, number]): number => Math.max(Math.floor(end / 2), low);
  switch (by) {
    case 'channels': return { channels: half(channels), rows: 1, columns: 0, halo: 'keep', fresh: 'inside' };
    case 'columns': return { channels: 0, columns: half(columns), rows: 1 };
    default: return { channels: 0, columns: 0, rows: 1, halo: 'keep' };
  }
}

function edges(store: Store, of: Picture, choices: StageChoices, to: (change: Partial<Stage>) => Edit): HTMLElement[] {
  const { stage, extend_before, extend_after } = choices;
  const at = stage.operators.map(op => of.order.indexOf(op));
  const low = Math.min(...at);
  const high = Math.max(...at);
  const found: HTMLElement[] = [];
  if (extend_before.legal) {
    found.push(act(store, 'before', '+ one before', 'Take in the operator before', () => to({ operators: [of.order[low - 1], ...stage.operators] })));
  }
  if (extend_after.legal) {
    found.push(act(store, 'after', '+ one after', 'Take in the operator after', () => to({ operators: [...stage.operators, of.order[high + 1]] })));
  }
  if (stage.operators.length > 2) {
    const without = (index: number): Edit => to({ operators: stage.operators.filter(op => op !== of.order[index]) });
    found.push(act(store, 'first-out', '− first', 'Leave out the first operator', () => without(low)));
    found.push(act(store, 'last-out', '− last', 'Leave out the last operator', () => without(high)));
  }
  return found;
}
