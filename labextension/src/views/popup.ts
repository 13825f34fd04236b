// A button and what it opens below itself. Escape or a click elsewhere closes it and gives the focus back.

import { button, h } from '../dom.js';

export class Popup {
  readonly element: HTMLElement;
  private readonly opener: HTMLButtonElement;
  private readonly sheet: HTMLElement;
  private readonly away = (event: Event): void => {
    if (event.target instanceof Node && !this.element.contains(event.target)) {
      this.close();
    }
  };

  constructor(label: string, title: string, content: Node[], private readonly onOpen: () => void = () => undefined) {
    this.opener = button('mcu-opener', label, title, () => (this.sheet.hidden ? this.open() : this.close()));
    this.opener.setAttribute('aria-expanded', 'false');
    this.opener.setAttribute('aria-haspopup', 'dialog');
    this.opener.setAttribute('aria-label', title);
    this.sheet = h('div', { class: 'mcu-sheet', role: 'dialog', 'aria-label': title, hidden: true }, ...content);
    this.element = h('div', { class: 'mcu-popup' }, this.opener, this.sheet);
    this.element.addEventListener('keydown', e => {
      if (e.key === 'Escape' && !this.sheet.hidden) {
        e.preventDefault();
        e.stopPropagation();
        this.close();
        this.opener.focus();
      }
    });
  }

  set disabled(now: boolean) {
    this.opener.disabled = now;
  }

  close(): void {
    this.sheet.hidden = true;
    this.opener.setAttribute('aria-expanded', 'false');
    document.removeEventListener('pointerdown', this.away, true);
  }

  open(): void {
    this.onOpen();
    this.sheet.hidden = false;
    this.opener.setAttribute('aria-expanded', 'true');
    document.addEventListener('pointerdown', this.away, true);
    this.sheet.querySelector<HTMLElement>('input, select, button')?.focus();
  }
}
