// Rows on their way to another place in the order, by pointer or by Alt with arrows: the legal range, the drop
// line, and what letting go would do.

import { h } from '../dom.js';
import { barrier, gapIndex, target } from '../gaps.js';
import { keyOf, movers, rowFocus } from '../picture.js';
import type { Focus, Picture } from '../picture.js';
import type { Moves } from '../protocol.js';
import type { Store } from '../store.js';
import { effectWords } from '../words.js';

const DRAG_STARTS_PX = 4;
const SCROLL_ZONE_PX = 24;

type Carried = { focus: Focus; operators: number[]; from: number; gap: number; by: 'pointer' | 'keys' };

export class RowDrag {
  readonly tip = h('div', { class: 'mcu-tip mcu-drag-tip', hidden: true });
  private readonly range = h('div', { class: 'mcu-legal', hidden: true, role: 'presentation' });
  private readonly line = h('div', { class: 'mcu-drop', hidden: true, role: 'presentation' });
  private pressed: { x: number; y: number; at: number } | null = null;
  private carried: Carried | null = null;
  private dropped = false;
  private of: Picture | null = null;

  constructor(
    private readonly store: Store, private readonly list: HTMLElement, spacer: HTMLElement,
    private readonly rowPx: number, private readonly visible: () => readonly number[]
  ) {
    spacer.append(this.range, this.line);
    list.addEventListener('pointerdown', e => this.down(e));
    list.addEventListener('pointermove', e => this.move(e));
    list.addEventListener('pointerup', () => this.up());
    list.addEventListener('pointercancel', () => this.cancel());
    list.addEventListener('keyup', e => this.keyUp(e));
    list.addEventListener('blur', () => this.cancel());
    store.onChange(change => {
      if (store.picture !== this.of) {
        this.of = store.picture;
        this.cancel();
      } else if (change === 'choices' || change === 'preview') {
        this.show();
      }
    });
  }

  get active(): boolean {
    return this.carried !== null;
  }

  /** Whether the click that follows a drop is not meant as a click. */
  justDropped(): boolean {
    const { dropped } = this;
    this.dropped = false;
    return dropped;
  }

  /** One place up or down; the move is made when Alt is let go. */
  nudge(by: number, operators: number[]): void {
    const of = this.store.picture;
    const { selected } = this.store;
    if (of === null || selected === null || operators.length === 0) {
      return;
    }
    const from = of.order.indexOf(operators[0]);
    const held = this.carried ?? { focus: selected, operators, from, gap: from, by: 'keys' };
    const to = target(held.gap, from, operators.length) + by;
    if (to < 0 || to > of.order.length - operators.length) {
      return;
    }
    this.carried = { ...held, gap: to <= from ? to : to + operators.length };
    this.ask();
  }

  cancel(): void {
    this.pressed = null;
    if (this.carried !== null) {
      this.carried = null;
      this.store.preview.of(null);
      this.show();
    }
  }

  private down(event: PointerEvent): void {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-at]') : null;
    this.dropped = false;
    if (event.button === 0 && row !== null && !event.shiftKey && !event.ctrlKey && !event.metaKey) {
      this.pressed = { x: event.clientX, y: event.clientY, at: Number(row.dataset.at) };
    }
  }

  private move(event: PointerEvent): void {
    const { pressed } = this;
    if (pressed === null) {
      return;
    }
    if (this.carried === null && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) > DRAG_STARTS_PX) {
      this.lift(pressed.at, event.pointerId);
    }
    if (this.carried !== null) {
      const box = this.list.getBoundingClientRect();
      this.scroll(event.clientY - box.top, box.height);
      const at = Math.round((event.clientY - box.top + this.list.scrollTop) / this.rowPx);
      this.carried = { ...this.carried, gap: this.gapAt(at) };
      this.ask();
      this.place(event.clientY - box.top);
    }
  }

  private lift(at: number, pointer: number): void {
    const of = this.store.picture;
    const row = of?.rows[this.visible()[at]];
    if (of === null || row === undefined) {
      return;
    }
    const focus = rowFocus(row);
    const operators = movers(of, focus);
    if (operators.length === 0) {
      this.pressed = null;
      return;
    }
    this.list.setPointerCapture(pointer);
    this.list.focus();
    this.store.select(focus, new Set(operators));
    const from = of.order.indexOf(operators[0]);
    this.carried = { focus, operators, from, gap: from, by: 'pointer' };
  }

  private up(): void {
    this.pressed = null;
    if (this.carried?.by === 'pointer') {
      this.dropped = true;
      this.drop();
    }
  }

  private keyUp(event: KeyboardEvent): void {
    if (event.key === 'Alt' && this.carried?.by === 'keys') {
      event.preventDefault();
      this.drop();
    }
  }

  private drop(): void {
    const edit = this.edit();
    this.carried = null;
    this.show();
    if (edit === null) {
      this.store.preview.of(null);
    } else {
      this.store.edit(edit);
    }
  }

  private edit(): { type: 'move'; operators: number[]; to: number } | null {
    const { carried } = this;
    if (carried === null) {
      return null;
    }
    const to = target(carried.gap, carried.from, carried.operators.length);
    return to === carried.from ? null : { type: 'move', operators: carried.operators, to };
  }

  private ask(): void {
    const edit = this.edit();
    const moves = this.moves();
    const refused = edit !== null && moves !== null && this.carried !== null && barrier(moves, this.carried.from, edit.to) !== null;
    this.store.preview.of(refused ? null : edit);
    this.show();
  }

  /** Known once the kernel has said what may be done with the row that is held. */
  private moves(): Moves | null {
    const { choices, selected } = this.store;
    return keyOf(selected) === keyOf(this.carried?.focus ?? null) ? (choices?.operator?.moves ?? choices?.stage?.moves ?? null) : null;
  }

  private gapAt(at: number): number {
    const of = this.store.picture;
    const visible = this.visible();
    return of === null || at >= visible.length ? (of?.order.length ?? 0) : gapIndex(of.rows, visible[Math.max(at, 0)], of.order.length);
  }

  /** The y of the line before the operator that stands at `index`. */
  private lineAt(index: number): number {
    const of = this.store.picture;
    const visible = this.visible();
    const at = of === null ? -1 : visible.findIndex(place => gapIndex(of.rows, place, of.order.length) >= index);
    return (at < 0 ? visible.length : at) * this.rowPx;
  }

  private show(): void {
    const { carried } = this;
    this.list.classList.toggle('mcu-dragging', carried !== null);
    this.line.hidden = this.range.hidden = this.tip.hidden = carried === null;
    if (carried === null) {
      return;
    }
    const moves = this.moves();
    const count = carried.operators.length;
    const y = this.lineAt(carried.gap);
    this.line.style.top = `${y}px`;
    const widest = moves?.ranges ?? [];
    this.range.hidden = widest.length === 0;
    if (widest.length > 0) {
      const top = this.lineAt(widest[0][0]);
      this.range.style.top = `${top}px`;
      this.range.style.height = `${this.lineAt(Math.max(widest[widest.length - 1][1] - 1, carried.from) + count) - top}px`;
    }
    const to = target(carried.gap, carried.from, count);
    const why = moves === null ? null : barrier(moves, carried.from, to);
    const effect = this.store.preview.shown;
    const refused = why ?? (effect?.refused ? effectWords(effect) : null);
    this.line.classList.toggle('mcu-refused', refused !== null);
    const said = to === carried.from ? 'where it is' : refused ?? (effect === null ? '…' : effectWords(effect));
    this.tip.replaceChildren(
      h('div', { class: 'mcu-tip-title' }, refused !== null ? `✗ not at ${to}` : `to ${to}`), h('div', {}, said)
    );
    if (carried.by === 'keys') {
      this.place(y - this.list.scrollTop);
    }
  }

  private place(y: number): void {
    this.tip.style.top = `${Math.min(Math.max(y + this.list.offsetTop + 14, 0), this.list.offsetTop + this.list.clientHeight - 40)}px`;
  }

  private scroll(y: number, height: number): void {
    if (y < SCROLL_ZONE_PX) {
      this.list.scrollTop -= SCROLL_ZONE_PX / 2;
    } else if (y > height - SCROLL_ZONE_PX) {
      this.list.scrollTop += SCROLL_ZONE_PX / 2;
    }
  }
}
