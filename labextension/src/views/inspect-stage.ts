// What may be done with a stage. What there is to choose, and all words about it, come from Python.

import { h } from '../dom.js';
import type { Edit, Stage, StageChoices, StageSize } from '../protocol.js';
import type { Store } from '../store.js';
import { act, choose, slider } from './controls.js';

export function stageControls(store: Store, { stage, groups, sizes, edges }: StageChoices): HTMLElement[] {
  const operator = Math.min(...stage.operators);
  const to = (changed: Stage): Edit => ({ type: 'change_stage', operator, stage: changed });
  const chosen = groups.map(({ key, words, offers }) => {
    const options = offers.map(o => ({ value: o.key, words: o.words, title: o.title, why: o.why === '' ? null : o.why }));
    return choose(store, key, words, options, offers.find(o => o.on)?.key ?? '', value => {
      const offer = offers.find(o => o.key === value);
      return offer === undefined || offer.on ? null : to(offer.stage);
    });
  });
  const slid = sizes.map(({ field, words, range, value }) =>
    slider(store, field, words, range, value, '', count => to(sized(stage, field, count)))
  );
  const taken = edges.filter(o => o.why === '').map(o => act(store, o.key, o.words, o.title, () => to(o.stage)));
  const ungroup = act(store, 'ungroup', 'Ungroup', 'Run its operators whole again', () => ({ type: 'ungroup', operator }));
  const [axis, ...others] = chosen;
  return [axis, ...slid, ...others, h('div', { class: 'mcu-acts' }, ...taken, ungroup)];
}

/** The stage with another number; one that its kind does not have leaves it as it is. */
export function sized(stage: Stage, field: StageSize['field'], count: number): Stage {
  switch (stage.kind) {
    case 'rows': return field === 'rows' ? { ...stage, rows: count } : stage;
    case 'tiles': return field === 'channels' ? stage : { ...stage, [field]: count };
    case 'channels': return field === 'channels' ? { ...stage, channels: count } : stage;
    default: return unknown(stage);
  }
}

/** The compiler lets nothing come here. */
function unknown(stage: never): never {
  throw new Error(`no kind of stage: ${JSON.stringify(stage)}`);
}
