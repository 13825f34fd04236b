// The document: save, save under a name, back to what was saved.

import { button, h, setText } from '../dom.js';
import { Refused } from '../port.js';
import type { Store } from '../store.js';
import { Popup } from './popup.js';

const SUFFIX = '.mcuplan.json';

export class SavingView {
  readonly element: HTMLElement;
  private readonly save: HTMLButtonElement;
  private readonly popup: Popup;
  private readonly path = h('input', { class: 'mcu-input mcu-path', 'aria-label': 'File name', spellcheck: 'false' });
  private readonly overwrite = h('input', { type: 'checkbox' });
  private readonly revert: HTMLButtonElement;
  private readonly said = h('p', { class: 'mcu-hint', role: 'status' });

  constructor(private readonly store: Store) {
    this.save = button('', 'Save', 'Save the plan', () => void this.write());
    this.revert = button('', 'Revert', 'Back to what was saved, as one edit', () => {
      this.popup.close();
      void store.port.step({ type: 'revert' });
    });
    const as = button('mcu-primary', 'Save as', 'Write the plan to this file', () => void this.writeTo(this.path.value, this.overwrite.checked));
    this.popup = new Popup('▾', 'Save under a name, revert', [
      h('label', {}, 'file ', this.path), h('label', { class: 'mcu-toggle' }, this.overwrite, h('span', {}, 'replace a file of that name')),
      h('div', { class: 'mcu-acts' }, as, this.revert), this.said
    ], () => this.prefill());
    this.element = h('div', { class: 'mcu-joined' }, this.save, this.popup.element);
    store.onChange(change => {
      if (change === 'session') {
        this.update();
      }
    });
  }

  /** Writes the document where it is; a model that has none yet gets one beside it. True when it was written. */
  async write(): Promise<boolean> {
    const { path } = this.store.port.state?.document ?? { path: null };
    return this.writeTo(path === null ? this.suggested() : null, false);
  }

  private suggested(): string {
    return this.store.port.state?.document.path ?? `${this.store.port.opened?.model.name ?? 'model'}${SUFFIX}`;
  }

  private prefill(): void {
    this.path.value = this.suggested();
    this.overwrite.checked = false;
    setText(this.said, '');
  }

  private async writeTo(path: string | null, overwrite: boolean): Promise<boolean> {
    const { port } = this.store;
    const named = path === null || path.endsWith(SUFFIX) ? path : `${path}${SUFFIX}`;
    try {
      const { document } = await port.ask({ type: 'save', path: named, overwrite });
      setText(this.said, `Saved ${document.path ?? ''}.`);
      this.popup.close();
      return true;
    } catch (why) {
      setText(this.said, why instanceof Refused ? `${why.failure.what} ${why.failure.hint}` : '');
      port.refuse(why);
      return false;
    }
  }

  private update(): void {
    const document = this.store.port.state?.document;
    if (document === undefined) {
      return;
    }
    setText(this.save, document.dirty ? 'Save •' : 'Save');
    this.save.title = document.problem ?? (document.path === null
      ? `Save the plan as ${this.suggested()}`
      : `${document.dirty ? 'Save' : 'Saved in'} ${document.path}`);
    this.save.classList.toggle('mcu-dirty', document.dirty);
    this.revert.disabled = document.path === null || !document.dirty;
  }
}
