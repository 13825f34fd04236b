// Pages of which one is shown. Arrow keys go from tab to tab; one tab stop for all.

import { h, setText } from '../dom.js';

export type Page = { id: string; title: string; element: HTMLElement };

let made = 0;

export class Tabs {
  readonly element: HTMLElement;
  /** For controls that belong to the page that is shown. */
  readonly aside = h('div', { class: 'mcu-tabs-aside' });
  private readonly tabs = new Map<string, HTMLButtonElement>();
  private readonly group = `mcu-tabs-${made++}`;
  private listeners: ((id: string) => void)[] = [];
  private current = '';

  constructor(label: string, private readonly pages: readonly Page[]) {
    const strip = h('div', { class: 'mcu-tablist', role: 'tablist', 'aria-label': label });
    for (const { id, title, element } of pages) {
      const tab = h('button', { type: 'button', class: 'mcu-tab', role: 'tab', id: `${this.group}-${id}`, 'aria-controls': `${this.group}-${id}-page` }, title);
      tab.addEventListener('click', () => this.show(id));
      tab.addEventListener('keydown', e => this.key(e, id));
      element.id = `${this.group}-${id}-page`;
      element.setAttribute('role', 'tabpanel');
      element.setAttribute('aria-labelledby', tab.id);
      this.tabs.set(id, tab);
      strip.append(tab);
    }
    const bar = h('div', { class: 'mcu-tabbar' }, strip, this.aside);
    this.element = h('section', { class: 'mcu-tabs' }, bar, ...pages.map(p => p.element));
    this.show(pages[0].id);
  }

  get shown(): string {
    return this.current;
  }

  onShow(listener: (id: string) => void): void {
    this.listeners.push(listener);
  }

  show(id: string): void {
    if (id === this.current) {
      return;
    }
    this.current = id;
    for (const page of this.pages) {
      const chosen = page.id === id;
      const tab = this.tabs.get(page.id);
      tab?.setAttribute('aria-selected', String(chosen));
      tab?.setAttribute('tabindex', chosen ? '0' : '-1');
      page.element.hidden = !chosen;
    }
    this.listeners.forEach(listener => listener(id));
  }

  /** A tab that says how much there is behind it. */
  rename(id: string, title: string): void {
    const tab = this.tabs.get(id);
    if (tab !== undefined) {
      setText(tab, title);
    }
  }

  private key(event: KeyboardEvent, id: string): void {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) {
      return;
    }
    event.preventDefault();
    const at = this.pages.findIndex(p => p.id === id);
    const next = this.pages[(at + by + this.pages.length) % this.pages.length].id;
    this.show(next);
    this.tabs.get(next)?.focus();
  }
}
