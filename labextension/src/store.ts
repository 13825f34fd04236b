// What the views share: the session behind the port, what the person points at, and what may be done with it.

import { carried, carriedOperators } from './carry.js';
import type { Focus, Picture } from './picture.js';
import { has, keyOf, picture } from './picture.js';
import type { Port } from './port.js';
import { Preview } from './preview.js';
import type { Compared, Edit, Inspected, Projection } from './protocol.js';

export type Change = 'session' | 'hover' | 'selection' | 'choices' | 'preview' | 'ghost';

export class Store {
  hover: Focus | null = null;
  selected: Focus | null = null;
  /** Operators marked to be made a stage. */
  marked: ReadonlySet<number> = new Set();
  picture: Picture | null = null;
  /** What may be done with the selection; null until the kernel has said so. */
  choices: Inspected | null = null;
  /** Another plan to compare with, and whether its picture stands beside this one's instead of over it. */
  ghost: Compared | null = null;
  beside = false;
  readonly preview: Preview;
  private drawn: Projection | null = null;
  private listeners = new Set<(change: Change) => void>();

  constructor(readonly port: Port) {
    this.preview = new Preview(port, () => this.tell('preview'));
    port.onChange(() => this.refresh());
  }

  onChange(listener: (change: Change) => void): void {
    this.listeners.add(listener);
  }

  point(focus: Focus | null): void {
    if (keyOf(this.hover) !== keyOf(focus)) {
      this.hover = focus;
      this.tell('hover');
    }
  }

  /** Selects one thing; `marked` are the operators that a new stage would be made of. */
  select(focus: Focus | null, marked: ReadonlySet<number> = new Set()): void {
    const before = keyOf(this.selected);
    this.marked = marked;
    this.selected = focus;
    if (before !== keyOf(focus)) {
      this.choices = null;
      this.inspect();
    }
    this.tell('selection');
  }

  /** Makes an edit; what was held is let go. */
  edit(edit: Edit): void {
    this.preview.of(null);
    void this.port.edit(edit);
  }

  overlay(ghost: Compared | null, beside: boolean): void {
    this.ghost = ghost;
    this.beside = beside;
    this.tell('ghost');
  }

  private inspect(): void {
    const { selected, port } = this;
    if (selected === null || selected.kind === 'transfer' || port.state === null) {
      return;
    }
    const focus = { kind: selected.kind, id: String(selected.id) };
    const rev = port.state.rev;
    port.ask({ type: 'inspect', rev, focus }).then(
      answer => {
        if (answer.type === 'inspected' && answer.rev === port.state?.rev && keyOf(this.selected) === keyOf(selected)) {
          this.choices = answer;
          this.tell('choices');
        }
      },
      () => undefined
    );
  }

  private refresh(): void {
    const { state } = this.port;
    if (state !== null && this.drawn !== state.picture) {
      const before = this.picture;
      this.drawn = state.picture;
      this.picture = picture(state.model, state.picture, state.schedule);
      if (before !== null && before.model !== this.picture.model) {
        this.selected = carried(this.selected, before, this.picture);
        this.marked = new Set(carriedOperators(this.marked, before, this.picture));
      }
      if (this.selected !== null && !has(this.picture, this.selected)) {
        this.selected = null;
      }
      this.hover = null;
      this.choices = null;
      this.preview.of(null);
      this.inspect();
    }
    this.tell('session');
  }

  private tell(change: Change): void {
    [...this.listeners].forEach(listener => listener(change));
  }
}
