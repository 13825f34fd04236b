// What may be done to the graph itself: rewrites that are in force, and those that would change something.

import { h } from '../dom.js';
import type { RewriteInfo } from '../protocol.js';
import type { Store } from '../store.js';
import { sentence } from '../words.js';
import { toggle, why } from './controls.js';

export class RewritesView {
  readonly element = h('fieldset', { class: 'mcu-rewrites', hidden: true });
  private shown: readonly RewriteInfo[] = [];

  constructor(private readonly store: Store) {
    store.onChange(change => {
      if (change === 'session') {
        this.update(store.port.state?.rewrites ?? []);
      }
    });
  }

  private update(rewrites: readonly RewriteInfo[]): void {
    if (rewrites === this.shown) {
      return;
    }
    this.shown = rewrites;
    const held = this.element.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.key : undefined;
    this.element.hidden = rewrites.length === 0;
    this.element.replaceChildren(h('legend', {}, 'The graph'), ...rewrites.map(rewrite => this.line(rewrite)));
    [...this.element.querySelectorAll<HTMLElement>('[data-key]')].find(e => e.dataset.key === held)?.focus();
  }

  private line({ label, words, promise, in_force, then }: RewriteInfo): HTMLElement {
    const choice = { on: in_force, legal: true, why: '' };
    return h(
      'div', {}, toggle(this.store, `rewrite-${label}`, sentence(label), choice, () => ({ type: 'set_rewrites', rewrites: then })),
      why(`${words}; ${promise}`)
    );
  }
}
