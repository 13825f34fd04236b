// The document: save, save under a name, back to what was saved.

import { button, h, setText } from '../dom.js';
import { Refused } from '../port.js';
import type { Store } from '../store.js';
import { sentence } from '../words.js';
import { Popup } from './popup.js';

const SUFFIX = '.mcuplan.json';

export class SavingView {
  readonly element: HTMLElement;
  /** Called when the kernel asks before it writes over what somebody else wrote. */
  onAsk: () => void = () => undefined;
  private readonly save: HTMLButtonElement;
  private readonly popup: Popup;
  private readonly path = h('input', { class: 'mcu-input mcu-path', 'aria-label': 'File name', spellcheck: 'false' });
  private readonly overwrite = h('input', { type: 'checkbox' });
  private readonly revert: HTMLButtonElement;
  private readonly said = h('p', { class: 'mcu-hint', role: 'status' });

  constructor(private readonly store: Store) {
    this.save = button('mcu-save', 'Save', 'Save the plan', () => void this.write());
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

  /** Writes the document over whatever is there. */
  overwriteOwn(): Promise<boolean> {
    return this.writeTo(null, true);
  }

  /** Asks under which name to save a copy. */
  copy(): void {
    this.popup.open();
    this.path.value = this.suggested().replace(SUFFIX, `-copy${SUFFIX}`);
    this.path.focus();
    this.path.select();
  }

  private suggested(): string {
    const { state } = this.store.port;
    return state?.document.path ?? `${state?.model.name ?? 'model'}${SUFFIX}`;
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
      setText(this.said, why instanceof Refused ? sentence(`${why.failure.what} ${why.failure.hint}`) : '');
      if (why instanceof Refused && why.failure.kind === 'FileChanged' && path === null) {
        this.onAsk();
      } else {
        port.refuse(why);
      }
      return false;
    }
  }

  private update(): void {
    const document = this.store.port.state?.document;
    if (document === undefined) {
      return;
    }
    const { notices, dirty, path } = document;
    const unkept = notices.some(n => n.kind === 'unkept');
    setText(this.save, unkept ? 'Not kept' : notices.length > 0 ? 'Save !' : dirty ? 'Save •' : 'Save');
    const said = path === null ? `Save the plan as ${this.suggested()}` : `${dirty ? 'Save' : 'Saved in'} ${path}`;
    this.save.title = [said, ...notices.map(n => n.text)].join('\n');
    this.save.classList.toggle('mcu-dirty', dirty);
    this.save.classList.toggle('mcu-unkept', unkept);
    this.revert.disabled = document.path === null || !document.dirty;
  }
}
