// The memory timeline, and beside it, when two plans are compared so, the other one on the same scales.

import { h, setText } from '../dom.js';
import { exactBytes } from '../format.js';
import { Mirror } from '../mirror.js';
import type { Compared } from '../protocol.js';
import type { Store } from '../store.js';
import { describeFocus } from '../words.js';
import { TimelineView } from './timeline.js';

export class MemoryView {
  readonly element: HTMLElement;
  private readonly mirror: Mirror;
  /** Made when two plans stand side by side for the first time. */
  private other: TimelineView | null = null;
  private readonly names = { other: h('strong', {}), now: h('strong', {}) };
  private readonly figures = { other: h('span', {}), now: h('span', {}) };
  private readonly said = h('span', { class: 'mcu-caption-said', 'aria-live': 'polite' });
  private readonly pane: HTMLElement;
  private readonly caption: HTMLElement;
  private shown: Compared | null = null;

  constructor(private readonly store: Store, private readonly timeline: TimelineView, private readonly wheelNeedsCtrl: boolean) {
    this.mirror = new Mirror(store);
    this.pane = h(
      'section', { class: 'mcu-pane', 'aria-label': 'The other plan' },
      h('div', { class: 'mcu-caption' }, this.names.other, this.figures.other, this.said)
    );
    this.caption = h('div', { class: 'mcu-caption', hidden: true }, this.names.now, this.figures.now);
    this.element = h('div', { class: 'mcu-memory' }, h('div', { class: 'mcu-pane' }, this.caption, timeline.element));
    store.onChange(change => {
      if (change === 'ghost' || change === 'session') {
        this.update();
      } else if (change === 'selection' && this.shown !== null) {
        this.describe();
      }
    });
  }

  restyle(): void {
    this.other?.restyle();
  }

  dispose(): void {
    this.other?.dispose();
  }

  private update(): void {
    const { ghost, beside, port } = this.store;
    const shown = beside ? ghost : null;
    if (shown !== this.shown) {
      this.shown = shown;
      this.stand(shown !== null);
      this.mirror.show(shown);
      this.describe();
    }
    if (shown !== null && port.state !== null) {
      setText(this.names.other, shown.label);
      setText(this.figures.other, `arena ${exactBytes(shown.before.arena_bytes)}`);
      setText(this.names.now, 'now');
      setText(this.figures.now, `arena ${exactBytes(port.state.figures.arena_bytes)}`);
    }
  }

  /** Puts both side by side, or the present one alone. */
  private stand(beside: boolean): void {
    this.element.classList.toggle('mcu-beside', beside);
    this.caption.hidden = !beside;
    if (!beside) {
      this.pane.remove();
      this.timeline.pair(null);
      this.other?.pair(null);
      return;
    }
    if (this.other === null) {
      this.other = new TimelineView(this.mirror, this.wheelNeedsCtrl, { name: 'of the other plan' });
      this.pane.append(this.other.element);
    }
    this.element.prepend(this.pane);
    this.timeline.pair(this.other);
    this.other.pair(this.timeline);
  }

  /** What is selected, as it is in the other plan. */
  private describe(): void {
    const { picture, selected } = this.mirror;
    const lines = picture === null || selected === null ? [] : describeFocus(picture, selected);
    setText(this.said, lines.join(' · '));
    this.said.title = lines.join('\n');
  }
}
