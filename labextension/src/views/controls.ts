// Controls for what may be done with the selection. Each shows what it would do while it is held, pointed at or
// has the focus, and does it when let go.

import { button, h } from '../dom.js';
import type { Edit } from '../protocol.js';
import type { Store } from '../store.js';

type Make = () => Edit | null;

/** Shows what the edit would do as long as `element` is pointed at or has the focus. */
export function previewed(store: Store, element: HTMLElement, edit: Make): void {
  ['pointerenter', 'focusin'].forEach(type => element.addEventListener(type, () => store.preview.of(edit())));
  ['pointerleave', 'focusout'].forEach(type => element.addEventListener(type, () => store.preview.of(null)));
}

/** A button that makes an edit. `key` finds it again after the panel was drawn anew. */
export function act(store: Store, key: string, label: string, title: string, edit: Make): HTMLElement {
  const made = button('mcu-act', label, title, () => {
    const now = edit();
    if (now !== null) {
      store.edit(now);
    }
  });
  made.dataset.key = key;
  previewed(store, made, edit);
  return made;
}

/** A box to tick; greyed with its reason when the other way is not possible. */
export function toggle(
  store: Store, key: string, label: string, choice: { on: boolean; legal: boolean; why: string }, edit: (on: boolean) => Edit
): HTMLElement {
  const input = h('input', { type: 'checkbox', 'data-key': key, disabled: !choice.legal });
  input.checked = choice.on;
  input.addEventListener('change', () => store.edit(edit(input.checked)));
  const line = h('label', { class: 'mcu-toggle' }, input, h('span', {}, label));
  if (choice.legal) {
    previewed(store, line, () => edit(!choice.on));
  }
  return h('div', {}, line, choice.legal || choice.why === '' ? null : why(choice.why));
}

/** One of a few, as a row of radio buttons. A reason given instead of null greys one out. */
export function choose<T extends string>(
  store: Store, key: string, label: string, options: { value: T; words: string; title?: string; why: string | null }[], chosen: T, edit: (value: T) => Edit | null
): HTMLElement {
  const name = `mcu-${key}-${made++}`;
  const buttons = options.map(option => {
    const input = h('input', { type: 'radio', name, value: option.value, 'data-key': `${key}-${option.value}`, disabled: option.why !== null });
    input.checked = option.value === chosen;
    input.addEventListener('change', () => {
      const now = edit(option.value);
      if (now !== null) {
        store.edit(now);
      }
    });
    const line = h('label', { class: 'mcu-radio', title: option.why ?? option.title ?? '' }, input, h('span', {}, option.words));
    if (option.why === null && option.value !== chosen) {
      previewed(store, line, () => edit(option.value));
    }
    return line;
  });
  const reasons = [...new Set(options.flatMap(o => (o.why === null || o.why === '' ? [] : [o.why])))];
  return h('fieldset', { class: 'mcu-choose' }, h('legend', {}, label), h('div', { class: 'mcu-radios' }, ...buttons), ...reasons.map(why));
}

let made = 0;

/** A slider with its number beside it: previews as it slides, edits when it is let go. */
export function slider(
  store: Store, key: string, label: string, [low, end]: readonly [number, number], value: number, unit: string, edit: (value: number) => Edit
): HTMLElement {
  const highest = Math.max(end - 1, low);
  const input = h('input', {
    type: 'range', class: 'mcu-slider', min: low, max: highest, value, step: 1, 'data-key': key, 'aria-label': label, disabled: highest <= low
  });
  const number = h('input', {
    type: 'number', class: 'mcu-input mcu-short', min: low, max: highest, value, 'data-key': `${key}-number`, 'aria-label': `${label}, as a number`, disabled: highest <= low
  });
  input.addEventListener('input', () => {
    number.value = input.value;
    store.preview.of(edit(Number(input.value)));
  });
  input.addEventListener('change', () => store.edit(edit(Number(input.value))));
  const typed = (): number => Math.min(Math.max(Math.round(Number(number.value)), low), highest);
  number.addEventListener('input', () => store.preview.of(edit(typed())));
  number.addEventListener('change', () => store.edit(edit(typed())));
  [input, number].forEach(field => field.addEventListener('blur', () => store.preview.of(null)));
  const ends = h('small', {}, `${low} to ${highest}${unit === '' ? '' : ` ${unit}`}`);
  return h('div', { class: 'mcu-slide' }, h('span', { class: 'mcu-slide-name' }, label), input, number, ends);
}

export function why(text: string): HTMLElement {
  return h('small', { class: 'mcu-why-not' }, text);
}
