// Now against another plan: one of the history, the saved one, a trade-off, a file. In words here, as a picture above.

import { h, setText } from '../dom.js';
import type { Compared, Other, OtherPlan } from '../protocol.js';
import type { Store } from '../store.js';

type Layout = 'overlay' | 'beside';

export class CompareView {
  readonly element: HTMLElement;
  private readonly which = h('select', { class: 'mcu-select', 'aria-label': 'Compare now with' });
  private readonly layouts: Record<Layout, HTMLInputElement>;
  private readonly words = h('div', { class: 'mcu-compared', 'aria-live': 'polite' });
  private plans: readonly OtherPlan[] = [];
  private other: Other | null = null;
  private visible = false;
  private listed = -1;
  private compared = -1;

  constructor(private readonly store: Store) {
    const group = `mcu-layout-${made++}`;
    const radio = (value: Layout): HTMLInputElement => h('input', { type: 'radio', name: group, value });
    this.layouts = { overlay: radio('overlay'), beside: radio('beside') };
    this.layouts.overlay.checked = true;
    Object.values(this.layouts).forEach(input => input.addEventListener('change', () => this.lay()));
    this.which.addEventListener('change', () => this.with(this.plans[this.which.selectedIndex - 1]?.other ?? null));
    const controls = h(
      'div', { class: 'mcu-compare-with' }, h('label', {}, 'now with ', this.which),
      h('fieldset', { class: 'mcu-choose' }, h('legend', {}, 'Pictures'), h('div', { class: 'mcu-radios' },
        h('label', { class: 'mcu-radio' }, this.layouts.overlay, h('span', {}, 'overlay')),
        h('label', { class: 'mcu-radio' }, this.layouts.beside, h('span', {}, 'side by side'))))
    );
    this.element = h('div', { class: 'mcu-page mcu-compare', tabindex: 0 }, controls, this.words);
    this.list([]);
    this.say(null);
    store.onChange(change => {
      if (change === 'session') {
        this.update();
      }
    });
  }

  /** Asks for what there is only while it is looked at. */
  show(visible: boolean): void {
    this.visible = visible;
    this.listed = -1;
    this.update();
  }

  /** Compares with this plan from now on; null: with none. */
  with(other: Other | null): void {
    this.other = other;
    this.compared = -1;
    this.listed = -1;
    this.update();
  }

  private update(): void {
    const { port } = this.store;
    const rev = port.state?.rev ?? -1;
    if (port.link.phase !== 'ready') {
      return;
    }
    if (this.visible && this.listed !== rev) {
      this.listed = rev;
      port.ask({ type: 'others' }).then(({ plans }) => this.list(plans), () => undefined);
    }
    if (this.compared !== rev) {
      this.compared = rev;
      void this.compare();
    }
  }

  private async compare(): Promise<void> {
    const { other, store } = this;
    if (other === null) {
      if (store.ghost !== null) {
        store.overlay(null, false);
        this.say(null);
      }
      return;
    }
    try {
      const compared = await store.port.ask({ type: 'compare', other });
      if (other === this.other) {
        store.overlay(compared, this.layouts.beside.checked);
        this.say(compared);
      }
    } catch (why) {
      this.with(null);
      store.port.refuse(why);
    }
  }

  private lay(): void {
    this.store.overlay(this.store.ghost, this.layouts.beside.checked);
  }

  private list(plans: readonly OtherPlan[]): void {
    this.plans = plans;
    const chosen = plans.findIndex(p => p.other.kind === this.other?.kind && p.other.id === this.other.id);
    this.which.replaceChildren(h('option', {}, 'nothing'), ...plans.map(plan => h('option', {}, plan.label)));
    this.which.selectedIndex = chosen + 1;
  }

  private say(compared: Compared | null): void {
    if (compared === null) {
      this.words.replaceChildren(h('p', { class: 'mcu-hint' }, 'Choose a plan: from the history, what was saved, a trade-off, or another plan in this folder.'));
      return;
    }
    const { label, figures, decided } = compared;
    const heading = h('div', { class: 'mcu-heading' });
    setText(heading, `From “${label}” to now`);
    const sentences = [...figures, ...decided];
    this.words.replaceChildren(heading, sentences.length === 0
      ? h('p', { class: 'mcu-hint' }, 'Nothing is different.')
      : h('ul', {}, ...sentences.map(sentence => h('li', {}, sentence))));
  }
}

let made = 0;
