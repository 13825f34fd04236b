// What was done, newest first: click to go there, compare with now, give it a name.

import { button, h } from '../dom.js';
import { size } from '../format.js';
import type { History, HistoryEntry } from '../protocol.js';
import type { Store } from '../store.js';

export class HistoryView {
  readonly element: HTMLElement;
  private readonly list = h('ol', { class: 'mcu-history', reversed: true });
  private asked = -1;
  private visible = false;

  /** `compare` is called with a position to compare now with. */
  constructor(private readonly store: Store, private readonly compare: (position: number) => void) {
    this.element = h('div', { class: 'mcu-page', tabindex: 0 }, this.list);
    store.onChange(change => {
      if (change === 'session') {
        this.update();
      }
    });
  }

  /** Asks only while it is looked at. */
  show(visible: boolean): void {
    this.visible = visible;
    this.update();
  }

  private update(): void {
    const { port } = this.store;
    const rev = port.state?.rev ?? -1;
    if (!this.visible || rev === this.asked) {
      return;
    }
    this.asked = rev;
    port.ask({ type: 'history' }).then(history => this.draw(history), why => port.refuse(why));
  }

  private draw({ entries, position }: History): void {
    const held = this.list.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.key : undefined;
    this.list.replaceChildren(...entries.map((entry, i) => this.entry(entry, i, position)).reverse());
    if (held !== undefined) {
      [...this.list.querySelectorAll<HTMLElement>('[data-key]')].find(e => e.dataset.key === held)?.focus();
    }
  }

  private entry(entry: HistoryEntry, at: number, position: number): HTMLElement {
    const now = at === position;
    const go = button('mcu-link', entry.label, now ? 'This is what you see' : 'Go there', () => void this.store.port.step({ type: 'jump', position: at }));
    go.dataset.key = `go-${at}`;
    if (now) {
      go.setAttribute('aria-current', 'true');
    }
    const compare = button('mcu-quiet', 'Compare', 'Lay it over the timeline and say what is different', () => this.compare(at));
    compare.disabled = now;
    const name = button('mcu-quiet', 'Name', 'Give it a name of your own', () => this.rename(line, entry.label, at));
    const line = h(
      'li', { value: at, class: at > position ? 'mcu-undone' : '' }, go,
      h('span', { class: 'mcu-row-note' }, `${size(entry.figures.arena_bytes)}${entry.saved ? ' · saved' : ''}`), compare, name
    );
    return line;
  }

  private rename(line: HTMLElement, label: string, position: number): void {
    const input = h('input', { class: 'mcu-input mcu-name-input', value: label, 'aria-label': 'Name', maxlength: 120 });
    line.replaceChildren(input);
    input.select();
    const { port } = this.store;
    const done = (): void => {
      port.ask({ type: 'rename', position, label: input.value.trim() || label }).then(history => this.draw(history), why => port.refuse(why));
    };
    input.addEventListener('keydown', e => {
      if (e.key === 'Enter' || e.key === 'Escape') {
        e.stopPropagation();
        input.value = e.key === 'Escape' ? label : input.value;
        input.blur();
      }
    });
    input.addEventListener('blur', done, { once: true });
  }
}
