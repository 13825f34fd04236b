// Why the peak is what it is, and whether it fits, in words.

import { button, h, setText } from '../dom.js';
import { rowFocus } from '../picture.js';
import type { Store } from '../store.js';

export class PeakView {
  readonly element: HTMLElement;
  private readonly why = h('p', { class: 'mcu-why' });
  private readonly verdict = h('p', { class: 'mcu-fit-words' });

  constructor(private readonly store: Store) {
    const jump = button('mcu-link', 'Show it', 'Select what runs at the peak', () => this.showPeak());
    this.element = h('div', { class: 'mcu-page', tabindex: 0 }, this.why, this.verdict, jump);
    store.onChange(change => {
      if (change === 'session') {
        this.update();
      }
    });
  }

  private update(): void {
    const head = this.store.picture?.head;
    if (head === undefined) {
      return;
    }
    setText(this.why, head.peak?.text ?? 'The model has no operator: nothing is alive.');
    setText(this.verdict, head.verdict);
    this.verdict.classList.toggle('mcu-bad', !head.fits);
  }

  private showPeak(): void {
    const { picture } = this.store;
    const row = picture === null ? undefined : picture.rows[picture.head.peak?.row ?? -1];
    if (row !== undefined) {
      this.store.select(rowFocus(row));
    }
  }
}
