// The whole view: what a panel and a notebook cell show alike. No framework, no Jupyter.

import { button, h, setAttr, setText } from '../dom.js';
import { exactBytes } from '../format.js';
import type { Failure, Port } from '../port.js';
import { Store } from '../store.js';
import { InspectorView } from './inspector.js';
import { MetricsView } from './metrics.js';
import { NotesView } from './notes.js';
import { OperatorsView } from './operators.js';
import { TimelineView } from './timeline.js';
import { ToolbarView } from './toolbar.js';

export type WorkbenchOptions = {
  /** In a scrolling page a bare wheel has to scroll the page. */
  wheelNeedsCtrl: boolean;
  /** What to offer when the connection failed; null: nothing. */
  retry: (() => void) | null;
};

export class Workbench {
  readonly element: HTMLElement;
  readonly store: Store;
  private readonly notice = h('div', { class: 'mcu-notice' });
  private readonly body: HTMLElement;
  private readonly status = h('div', { class: 'mcu-status', role: 'status', 'aria-live': 'polite' });
  private readonly timeline: TimelineView;
  private readonly operators: OperatorsView;
  private readonly themes: MutationObserver;
  private noticed = '';

  constructor(private readonly port: Port, private readonly options: WorkbenchOptions) {
    this.store = new Store(port);
    this.timeline = new TimelineView(this.store, options.wheelNeedsCtrl);
    this.operators = new OperatorsView(this.store);
    this.body = h(
      'div', { class: 'mcu-body', hidden: true },
      new ToolbarView(this.store).element,
      new MetricsView(this.store).element,
      h('div', { class: 'mcu-main' }, this.operators.element, this.timeline.element, new InspectorView(this.store).element),
      new NotesView(this.store).element
    );
    this.element = h('div', { class: 'mcu-root', 'data-state': 'waiting' }, this.notice, this.body, this.status);
    this.element.addEventListener('keydown', keepTyping);
    this.themes = new MutationObserver(() => this.timeline.restyle());
    this.themes.observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-name', 'data-jp-theme-light'] });
    this.store.onChange(change => {
      if (change === 'session') {
        this.update();
      }
    });
    this.update();
  }

  /** Colours have changed in a way this view cannot see by itself. */
  restyle(): void {
    this.timeline.restyle();
  }

  dispose(): void {
    this.themes.disconnect();
    this.timeline.dispose();
    this.operators.dispose();
    this.element.remove();
  }

  private update(): void {
    const { link, state, verdict } = this.port;
    setAttr(this.element, 'data-state', link.phase);
    this.body.hidden = link.phase !== 'ready';
    this.notice.hidden = link.phase === 'ready';
    if (link.phase !== 'ready') {
      this.say(link.phase === 'waiting' ? link.text : link.failure);
      return;
    }
    this.noticed = '';
    if (state !== null) {
      const { arena_bytes, verdict: words, fits } = state.picture;
      setAttr(this.element, 'data-rev', state.rev);
      setAttr(this.element, 'data-arena-bytes', arena_bytes);
      setAttr(this.element, 'data-fits', String(fits));
      setAttr(this.element, 'data-verified', verdict === null ? 'unknown' : String(verdict.right));
      setText(this.status, `${state.label}: arena ${exactBytes(arena_bytes)}. ${words}`);
    }
  }

  private say(what: string | Failure): void {
    const key = JSON.stringify(what);
    if (key === this.noticed) {
      return;
    }
    this.noticed = key;
    if (typeof what === 'string') {
      this.notice.replaceChildren(h('div', { class: 'mcu-spinner', 'aria-hidden': 'true' }), h('p', {}, `${what} …`));
      setText(this.status, what);
      return;
    }
    const { retry } = this.options;
    this.notice.replaceChildren(
      h('h2', {}, HEADLINES[what.kind] ?? 'This did not work'),
      what.kind === 'UnsupportedError' ? reasons(what.what) : h('p', {}, sentence(what.what)),
      h('p', { class: 'mcu-hint' }, [what.where && `(${what.where})`, what.hint].filter(Boolean).join(' ')),
      ...(retry === null ? [] : [button('', 'Try again', 'Start over', retry)])
    );
    setText(this.status, `${HEADLINES[what.kind] ?? 'Error'}. ${what.what}`);
  }
}

const HEADLINES: Record<string, string> = {
  ModelError: 'This model cannot be read',
  UnsupportedError: 'This model cannot be executed yet',
  kernel: 'There is no kernel to plan with',
  package: 'mcu_lab is not where the kernel runs',
  version: 'Two versions that do not fit together',
  closed: 'The connection is gone'
};

/** All that stands in the way, one reason a line. */
function reasons(what: string): HTMLElement {
  return h('ul', { tabindex: 0, 'aria-label': 'Reasons' }, ...what.split('; ').map(reason => h('li', {}, sentence(reason))));
}

/** Errors continue "where:"; here they begin a line. */
function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Typed letters belong to this view; else JupyterLab takes them for notebook commands. */
function keepTyping(event: KeyboardEvent): void {
  const chord = event.ctrlKey || event.metaKey;
  if (!chord && event.key !== 'Escape' && event.key !== 'Tab') {
    event.stopPropagation();
  }
}
