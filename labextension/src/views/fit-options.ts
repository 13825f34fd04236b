// What a search may do: techniques, how much more work, how long. With it, what may be done to the graph before.

import { button, h } from '../dom.js';
import type { Technique } from '../protocol.js';
import { Popup } from './popup.js';

export type FitOptions = { use: string[]; max_mac_factor: number; seconds: number | null };

export class FitOptionsView {
  readonly popup: Popup;
  private readonly techniques = h('fieldset', { class: 'mcu-techniques' });
  private readonly factor = h('input', { class: 'mcu-input mcu-short', type: 'number', min: 1, max: 100, step: 0.05, value: 1 });
  private readonly seconds = h('input', { class: 'mcu-input mcu-short', type: 'number', min: 1, max: 3600, step: 1, value: 20 });
  private listed: readonly Technique[] = [];

  /** `rewrites` changes the graph that is searched. */
  constructor(fit: () => void, front: () => void, rewrites: Node) {
    const run = (search: () => void) => () => {
      this.popup.close();
      search();
    };
    this.popup = new Popup('▾', 'What Fit may do', [
      this.techniques,
      rewrites,
      h('label', {}, 'MACs at most ', this.factor, ' × those of the model'),
      h('label', {}, 'stop after ', this.seconds, ' s'),
      h('div', { class: 'mcu-acts' }, button('mcu-primary', 'Fit', 'Search for the least SRAM', run(fit)), button('', 'Trade-offs', 'Search for schedules between least memory and least work', run(front)))
    ]);
  }

  list(techniques: readonly Technique[]): void {
    if (techniques === this.listed) {
      return;
    }
    this.listed = techniques;
    const boxes = techniques.map(({ id, words }) => {
      const input = h('input', { type: 'checkbox', value: id });
      input.checked = true;
      return h('label', { class: 'mcu-toggle' }, input, h('span', {}, words));
    });
    this.techniques.replaceChildren(h('legend', {}, 'Techniques'), ...boxes);
  }

  get options(): FitOptions {
    const boxes = [...this.techniques.querySelectorAll<HTMLInputElement>('input')];
    const seconds = Number(this.seconds.value);
    return {
      use: boxes.filter(b => b.checked).map(b => b.value),
      max_mac_factor: Math.max(Number(this.factor.value), 1) || 1,
      seconds: seconds > 0 ? seconds : null
    };
  }
}
