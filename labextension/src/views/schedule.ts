// The schedule as a list: operators, transfers and stages in execution order, to be read and rearranged.
// Virtualised, one tab stop, and the mirror of the timeline for screen readers.

import { carried } from '../carry.js';
import { button, h, setAttr } from '../dom.js';
import { exactBytes, size } from '../format.js';
import { rowsInSight } from '../layout.js';
import type { Focus, Picture } from '../picture.js';
import { keyOf, movers, rowByRow, rowFocus, rowsOf } from '../picture.js';
import type { Edit, Row } from '../protocol.js';
import type { Store } from '../store.js';
import { ACTION } from '../words.js';
import { RowDrag } from './row-drag.js';

const ROW_PX = 26;
let lists = 0;

export class ScheduleView {
  readonly element: HTMLElement;
  private readonly list: HTMLElement;
  private readonly spacer: HTMLElement;
  private readonly group: HTMLButtonElement;
  private readonly ungroup: HTMLButtonElement;
  private readonly drag: RowDrag;
  private readonly id = `mcu-rows-${lists++}`;
  private readonly folded = new Set<number>();
  /** Places in the picture's rows of what the list shows. */
  private visible: number[] = [];
  private shown: Picture | null = null;
  private drawn = new Map<number, HTMLElement>();
  /** Where a range of marked rows began. */
  private anchor: number | null = null;

  constructor(private readonly store: Store) {
    this.spacer = h('div', { class: 'mcu-list-spacer', role: 'presentation' });
    this.list = h(
      'div',
      {
        class: 'mcu-list', role: 'listbox', tabindex: 0, 'aria-multiselectable': 'true',
        'aria-label': 'Operators in execution order. Alt with arrows moves, Shift with arrows marks, G groups, U ungroups.'
      },
      this.spacer
    );
    this.group = button('mcu-quiet', 'Group', 'Make the marked operators one stage (G)', () => this.makeStage());
    this.ungroup = button('mcu-quiet', 'Ungroup', 'Run the stage’s operators whole again (U)', () => this.dissolve());
    this.preview(this.group, () => this.stageEdit());
    this.preview(this.ungroup, () => this.ungroupEdit());
    this.drag = new RowDrag(store, this.list, this.spacer, ROW_PX, () => this.visible);
    this.element = h(
      'section', { class: 'mcu-schedule', 'aria-label': 'Schedule' },
      h('div', { class: 'mcu-heading' }, h('span', {}, 'Schedule'), this.group, this.ungroup, h('span', { class: 'mcu-heading-note' }, 'bytes alive')),
      this.list, this.drag.tip
    );
    this.list.addEventListener('scroll', () => this.draw());
    this.list.addEventListener('keydown', e => this.key(e));
    this.list.addEventListener('pointerover', e => this.point(e));
    this.list.addEventListener('pointerleave', () => store.point(null));
    this.list.addEventListener('click', e => this.click(e));
    this.resizes.observe(this.list);
    store.onChange(change => {
      if (change === 'session' && store.picture !== this.shown) {
        this.refold(this.shown, store.picture);
        this.shown = store.picture;
        this.rebuild();
      }
      if (change === 'selection') {
        this.reveal();
      }
      if (change !== 'preview') {
        this.draw();
      }
    });
  }

  dispose(): void {
    this.resizes.disconnect();
  }

  /** Of the list, when it was seen last: while a theme is loaded there is nothing to be seen. */
  private height = 0;
  private readonly resizes = new ResizeObserver(() => this.draw());

  /** Folded stages stay so when a rewrite gives their operators other numbers. */
  private refold(from: Picture | null, to: Picture | null): void {
    if (from === null || to === null || from.model === to.model) {
      return;
    }
    const stages = [...this.folded].map(id => carried({ kind: 'stage', id }, from, to));
    this.folded.clear();
    stages.forEach(stage => stage?.kind === 'stage' && this.folded.add(stage.id));
    this.anchor = null;
  }

  private rebuild(): void {
    const rows = this.shown?.rows ?? [];
    this.visible = rows.map((_, i) => i).filter(i => rows[i].kind === 'stage' || !this.folded.has(rows[i].stage ?? -1));
    this.drawn.forEach(row => row.remove());
    this.drawn.clear();
  }

  private draw(): void {
    const of = this.shown;
    if (of === null) {
      return;
    }
    const { store, visible, drawn } = this;
    this.spacer.style.height = `${visible.length * ROW_PX}px`;
    this.height = this.list.clientHeight || this.height;
    const [lo, hi] = rowsInSight(this.list.scrollTop, this.height, ROW_PX, visible.length);
    for (const [at, element] of drawn) {
      if (at < lo || at >= hi) {
        element.remove();
        drawn.delete(at);
      }
    }
    const { selected, marked } = store;
    const hovered = new Set(rowsOf(of, store.hover));
    const used = new Set(selected?.kind === 'buffer' || selected?.kind === 'tensor' ? rowsOf(of, selected) : []);
    const chosen = of.place.get(keyOf(selected));
    for (let at = lo; at < hi; at++) {
      const element = drawn.get(at) ?? this.add(of, at);
      const place = visible[at];
      const { op } = of.rows[place];
      element.setAttribute('aria-selected', String(place === chosen || (op !== null && marked.has(op))));
      element.classList.toggle('mcu-current', place === chosen);
      element.classList.toggle('mcu-hovered', hovered.has(place));
      element.classList.toggle('mcu-used', used.has(place));
    }
    const active = chosen === undefined ? -1 : visible.indexOf(chosen);
    setAttr(this.list, 'aria-activedescendant', drawn.has(active) ? this.rowId(active) : null);
    this.group.disabled = this.stageEdit() === null;
    this.ungroup.disabled = this.ungroupEdit() === null;
  }

  private add(of: Picture, at: number): HTMLElement {
    const element = this.row(of, of.rows[this.visible[at]], at);
    this.drawn.set(at, element);
    this.spacer.append(element);
    return element;
  }

  private row(of: Picture, row: Row, at: number): HTMLElement {
    const { peak, limit_bytes, live_bound_bytes } = of.head;
    const isPeak = peak !== null && of.rows[peak.row] === row;
    const over = limit_bytes !== null && row.live_bytes > limit_bytes;
    const bar = h('span', { class: 'mcu-row-bar' });
    bar.style.width = `${(100 * row.live_bytes) / Math.max(live_bound_bytes, 1)}%`;
    const names = ['mcu-row', `mcu-row-${row.kind}`, isPeak && 'mcu-peak', over && 'mcu-over', row.stage !== null && row.kind !== 'stage' && 'mcu-member'];
    const element = h(
      'div',
      {
        id: this.rowId(at), role: 'option', class: names.filter(Boolean).join(' '), 'data-at': at, 'data-op': row.op,
        'data-stage': row.stage, 'data-index': row.index, 'aria-setsize': this.visible.length, 'aria-posinset': at + 1, 'aria-selected': 'false',
        'aria-label': `${this.spoken(row)}, ${exactBytes(row.live_bytes)} alive${isPeak ? ', the peak' : ''}`
      },
      bar,
      this.handle(row),
      h('span', { class: 'mcu-row-label' }, ...this.words(row)),
      h('span', { class: 'mcu-row-note' }, isPeak ? 'peak' : row.action === 'parts' ? '' : ACTION[row.action]),
      h('span', { class: 'mcu-row-bytes' }, size(row.live_bytes))
    );
    element.style.top = `${at * ROW_PX}px`;
    return element;
  }

  private handle(row: Row): HTMLElement {
    if (row.kind !== 'stage' || row.stage === null) {
      return h('span', { class: 'mcu-row-step' }, row.index === null ? '' : String(row.index));
    }
    const folded = this.folded.has(row.stage);
    return h('span', { class: 'mcu-fold', 'data-fold': row.stage, title: folded ? 'Unfold (→)' : 'Fold (←)' }, folded ? '▸' : '▾');
  }

  private words(row: Row): (Node | string)[] {
    return [row.label, ' ', h('small', {}, row.how === '' ? row.made : row.how)];
  }

  private spoken(row: Row): string {
    return [`${row.index ?? ''} ${row.label}`.trim(), row.how].filter(Boolean).join(', ');
  }

  private rowId(at: number): string {
    return `${this.id}-${at}`;
  }

  /** A button that shows what it would do while it is pointed at or has the focus. */
  private preview(control: HTMLElement, edit: () => Edit | null): void {
    ['pointerenter', 'focus'].forEach(type => control.addEventListener(type, () => this.store.preview.of(edit())));
    ['pointerleave', 'blur'].forEach(type => control.addEventListener(type, () => this.store.preview.of(null)));
  }

  /** One stage of the marked operators, of all between the first and the last. */
  private stageEdit(): Edit | null {
    const { marked } = this.store;
    const of = this.shown;
    if (of === null || marked.size < 2) {
      return null;
    }
    const operators = of.order.filter(op => marked.has(op));
    return { type: 'make_stage', stage: rowByRow(operators) };
  }

  private ungroupEdit(): Edit | null {
    const { selected } = this.store;
    const stage = selected?.kind === 'stage' ? selected.id : selected?.kind === 'operator' ? this.stageOf(selected.id) : null;
    return stage === null ? null : { type: 'ungroup', operator: stage };
  }

  private stageOf(op: number): number | null {
    const found = [...(this.shown?.stages ?? [])].find(([, stage]) => stage.operators.includes(op));
    return found === undefined ? null : found[0];
  }

  private makeStage(): void {
    const edit = this.stageEdit();
    if (edit?.type === 'make_stage') {
      const first = Math.min(...edit.stage.operators);
      this.store.edit(edit);
      this.list.focus();
      void this.store.port.settled().then(() => this.selectIfThere({ kind: 'stage', id: first }));
    }
  }

  private dissolve(): void {
    const edit = this.ungroupEdit();
    if (edit !== null) {
      this.store.edit(edit);
      this.list.focus();
    }
  }

  private selectIfThere(focus: Focus): void {
    if (this.shown?.place.has(keyOf(focus))) {
      this.store.select(focus);
    }
  }

  private rowAt(event: Event): Row | null {
    const element = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-at]') : null;
    return element === null ? null : (this.shown?.rows[this.visible[Number(element.dataset.at)]] ?? null);
  }

  private point(event: Event): void {
    const row = this.rowAt(event);
    if (!this.drag.active) {
      this.store.point(row === null ? null : rowFocus(row));
    }
  }

  private click(event: MouseEvent): void {
    const row = this.rowAt(event);
    if (row === null || this.shown === null || this.drag.justDropped()) {
      return;
    }
    if (event.target instanceof Element && event.target.closest('.mcu-fold')) {
      this.fold(row.stage ?? -1, !this.folded.has(row.stage ?? -1));
      return;
    }
    if (event.shiftKey) {
      this.mark(this.shown.rows.indexOf(row));
    } else if (event.ctrlKey || event.metaKey) {
      const marked = new Set(this.store.marked);
      if (row.op !== null && !marked.delete(row.op)) {
        marked.add(row.op);
      }
      this.store.select(rowFocus(row), marked);
    } else {
      this.choose(this.shown.rows.indexOf(row));
    }
  }

  private choose(place: number): void {
    const row = this.shown?.rows[place];
    if (row !== undefined) {
      this.anchor = place;
      this.store.select(rowFocus(row), new Set(row.op === null ? [] : [row.op]));
    }
  }

  /** Marks all operators between the anchor and `place`. */
  private mark(place: number): void {
    const rows = this.shown?.rows ?? [];
    const anchor = this.anchor ?? this.shown?.place.get(keyOf(this.store.selected)) ?? place;
    this.anchor = anchor;
    const range = rows.slice(Math.min(anchor, place), Math.max(anchor, place) + 1);
    this.store.select(rowFocus(rows[place]), new Set(range.flatMap(r => (r.op === null ? [] : [r.op]))));
  }

  private fold(stage: number, folded: boolean): void {
    if (folded) {
      this.folded.add(stage);
    } else {
      this.folded.delete(stage);
    }
    this.rebuild();
    this.draw();
  }

  private key(event: KeyboardEvent): void {
    const of = this.shown;
    if (of === null || event.ctrlKey || event.metaKey) {
      return;
    }
    const { visible } = this;
    if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      event.preventDefault();
      this.drag.nudge(event.key === 'ArrowUp' ? -1 : 1, movers(of, this.store.selected));
      return;
    }
    const page = Math.max(Math.floor(this.list.clientHeight / ROW_PX) - 1, 1);
    const now = visible.indexOf(of.place.get(keyOf(this.store.selected)) ?? -1);
    const targets: Record<string, number> = {
      ArrowDown: now + 1, ArrowUp: now - 1, PageDown: now + page, PageUp: now - page, Home: 0, End: visible.length - 1
    };
    const target = targets[event.key];
    if (target !== undefined && visible.length > 0 && !event.altKey) {
      event.preventDefault();
      const place = visible[Math.min(Math.max(target, 0), visible.length - 1)];
      if (event.shiftKey) {
        this.mark(place);
      } else {
        this.choose(place);
      }
      return;
    }
    const { selected } = this.store;
    const stage = selected?.kind === 'stage' ? selected.id : null;
    const commands: Record<string, () => void> = {
      g: () => this.makeStage(),
      u: () => this.dissolve(),
      ArrowLeft: () => stage !== null && this.fold(stage, true),
      ArrowRight: () => stage !== null && this.fold(stage, false),
      Escape: () => (this.drag.active ? this.drag.cancel() : this.store.select(null))
    };
    const run = commands[event.key];
    if (run !== undefined && !event.altKey) {
      event.preventDefault();
      run();
    }
  }

  private reveal(): void {
    const place = this.shown?.place.get(keyOf(this.store.selected));
    const at = place === undefined ? -1 : this.visible.indexOf(place);
    if (at < 0) {
      return;
    }
    const top = at * ROW_PX;
    const { scrollTop, clientHeight } = this.list;
    if (top < scrollTop) {
      this.list.scrollTop = top;
    } else if (top + ROW_PX > scrollTop + clientHeight) {
      this.list.scrollTop = top + ROW_PX - clientHeight;
    }
  }
}
