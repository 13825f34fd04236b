// What the views share: the session behind the port, and what the person points at.

import type { Focus, Picture } from './picture.js';
import { picture } from './picture.js';
import type { Port } from './port.js';

export type Change = 'session' | 'hover' | 'selection';

export class Store {
  hover: Focus | null = null;
  selected: Focus | null = null;
  picture: Picture | null = null;
  private listeners = new Set<(change: Change) => void>();

  constructor(readonly port: Port) {
    port.onChange(() => this.refresh());
  }

  onChange(listener: (change: Change) => void): void {
    this.listeners.add(listener);
  }

  point(focus: Focus | null): void {
    if (!same(this.hover, focus)) {
      this.hover = focus;
      this.tell('hover');
    }
  }

  select(focus: Focus | null): void {
    if (!same(this.selected, focus)) {
      this.selected = focus;
      this.tell('selection');
    }
  }

  /** The selected step, or the first step of the selected buffer. */
  get selectedStep(): number | null {
    return this.selected === null ? null : this.stepOf(this.selected);
  }

  stepOf(focus: Focus): number | null {
    return focus.kind === 'step' ? focus.step : (this.picture?.buffer.get(focus.buffer)?.first_step ?? null);
  }

  private refresh(): void {
    const { opened, state } = this.port;
    if (opened !== null && state !== null && this.picture?.projection !== state.picture) {
      this.picture = picture(opened.model, state.picture);
      if (this.selected !== null && !this.picture.has(this.selected)) {
        this.selected = null;
      }
      this.hover = null;
    }
    this.tell('session');
  }

  private tell(change: Change): void {
    [...this.listeners].forEach(listener => listener(change));
  }
}

export function same(a: Focus | null, b: Focus | null): boolean {
  if (a === null || b === null) {
    return a === b;
  }
  return a.kind === 'step' ? b.kind === 'step' && a.step === b.step : b.kind === 'buffer' && a.buffer === b.buffer;
}
