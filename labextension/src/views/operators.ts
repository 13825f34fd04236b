// The steps as a list: virtualised, one tab stop, and the mirror of the timeline for screen readers.

import { h, setAttr } from '../dom.js';
import { exactBytes, size } from '../format.js';
import { rowsInSight } from '../layout.js';
import type { Picture } from '../picture.js';
import { stepsOf } from '../picture.js';
import type { Row } from '../protocol.js';
import type { Store } from '../store.js';

const ROW_PX = 26;
let lists = 0;

export class OperatorsView {
  readonly element: HTMLElement;
  private readonly list: HTMLElement;
  private readonly spacer: HTMLElement;
  private readonly id = `mcu-steps-${lists++}`;
  private shown: Picture | null = null;
  private drawn = new Map<number, HTMLElement>();

  constructor(private readonly store: Store) {
    this.spacer = h('div', { class: 'mcu-list-spacer', role: 'presentation' });
    this.list = h('div', { class: 'mcu-list', role: 'listbox', tabindex: 0, 'aria-label': 'Steps in execution order' }, this.spacer);
    this.element = h(
      'section', { class: 'mcu-operators' },
      h('div', { class: 'mcu-heading' }, h('span', {}, 'Steps'), h('span', { class: 'mcu-heading-note' }, 'bytes alive')),
      this.list
    );
    this.list.addEventListener('scroll', () => this.draw());
    this.list.addEventListener('keydown', e => this.key(e));
    this.list.addEventListener('pointerover', e => this.point(e));
    this.list.addEventListener('pointerleave', () => store.point(null));
    this.list.addEventListener('click', e => this.click(e));
    this.resizes.observe(this.list);
    store.onChange(change => {
      if (change === 'session' && store.picture !== this.shown) {
        this.shown = store.picture;
        this.drawn.forEach(row => row.remove());
        this.drawn.clear();
      }
      if (change === 'selection') {
        this.reveal();
      }
      this.draw();
    });
  }

  dispose(): void {
    this.resizes.disconnect();
  }

  private readonly resizes = new ResizeObserver(() => this.draw());

  private draw(): void {
    const of = this.shown;
    if (of === null) {
      return;
    }
    this.spacer.style.height = `${of.rows.length * ROW_PX}px`;
    const [lo, hi] = rowsInSight(this.list.scrollTop, this.list.clientHeight, ROW_PX, of.rows.length);
    const selectedStep = this.store.selectedStep;
    for (const [step, element] of this.drawn) {
      if (step < lo || step >= hi) {
        element.remove();
        this.drawn.delete(step);
      }
    }
    const hovered = stepsOf(of, this.store.hover);
    const selected = this.store.selected;
    const used = selected?.kind === 'buffer' ? stepsOf(of, selected) : new Set<number>();
    for (let step = lo; step < hi; step++) {
      const element = this.drawn.get(step) ?? this.add(of, step);
      const chosen = selected?.kind === 'step' && selected.step === step;
      element.setAttribute('aria-selected', String(chosen));
      element.classList.toggle('mcu-hovered', hovered.has(step));
      element.classList.toggle('mcu-used', used.has(step));
    }
    const active = selectedStep !== null && this.drawn.has(selectedStep) ? this.rowId(selectedStep) : null;
    setAttr(this.list, 'aria-activedescendant', active);
  }

  private add(of: Picture, step: number): HTMLElement {
    const element = this.row(of, of.rows[step]);
    this.drawn.set(step, element);
    this.spacer.append(element);
    return element;
  }

  private row(of: Picture, row: Row): HTMLElement {
    const { peak, limit_bytes, live_bound_bytes } = of.projection;
    const isPeak = peak?.step === row.step;
    const over = limit_bytes !== null && row.live_bytes > limit_bytes;
    const bar = h('span', { class: 'mcu-row-bar' });
    bar.style.width = `${(100 * row.live_bytes) / Math.max(live_bound_bytes, 1)}%`;
    const note = { compute: '', in_place: 'in place', alias: 'free', copy: 'copy', wait: 'wait' }[row.action];
    const element = h(
      'div',
      {
        id: this.rowId(row.step), role: 'option', class: `mcu-row${isPeak ? ' mcu-peak' : ''}${over ? ' mcu-over' : ''}`,
        'data-step': row.step, 'aria-setsize': of.rows.length, 'aria-posinset': row.step + 1, 'aria-selected': 'false',
        'aria-label': `step ${row.step}, ${row.label}, ${exactBytes(row.live_bytes)} alive${isPeak ? ', the peak' : ''}`
      },
      bar,
      h('span', { class: 'mcu-row-step' }, String(row.step)),
      h('span', { class: 'mcu-row-label' }, row.label, ' ', h('small', {}, row.made)),
      h('span', { class: 'mcu-row-note' }, isPeak ? 'peak' : note),
      h('span', { class: 'mcu-row-bytes' }, size(row.live_bytes))
    );
    element.style.top = `${row.step * ROW_PX}px`;
    return element;
  }

  private rowId(step: number): string {
    return `${this.id}-${step}`;
  }

  private stepOf(event: Event): number | null {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-step]') : null;
    return row === null ? null : Number(row.dataset.step);
  }

  private point(event: Event): void {
    const step = this.stepOf(event);
    this.store.point(step === null ? null : { kind: 'step', step });
  }

  private click(event: Event): void {
    const step = this.stepOf(event);
    if (step !== null) {
      this.store.select({ kind: 'step', step });
    }
  }

  private key(event: KeyboardEvent): void {
    const count = this.shown?.rows.length ?? 0;
    const page = Math.max(Math.floor(this.list.clientHeight / ROW_PX) - 1, 1);
    const now = this.store.selectedStep ?? -1;
    const targets: Record<string, number> = {
      ArrowDown: now + 1, ArrowUp: now - 1, PageDown: now + page, PageUp: now - page, Home: 0, End: count - 1
    };
    if (event.key === 'Escape') {
      this.store.select(null);
      return;
    }
    const target = targets[event.key];
    if (target !== undefined && count > 0 && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      this.store.select({ kind: 'step', step: Math.min(Math.max(target, 0), count - 1) });
    }
  }

  private reveal(): void {
    const step = this.store.selectedStep;
    if (step === null) {
      return;
    }
    const top = step * ROW_PX;
    const { scrollTop, clientHeight } = this.list;
    if (top < scrollTop) {
      this.list.scrollTop = top;
    } else if (top + ROW_PX > scrollTop + clientHeight) {
      this.list.scrollTop = top + ROW_PX - clientHeight;
    }
  }
}
