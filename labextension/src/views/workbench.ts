// The whole view: what a panel and a notebook cell show alike. No framework, no Jupyter.

import { button, h, setAttr, setText } from '../dom.js';
import { exactBytes } from '../format.js';
import type { Failure, Port } from '../port.js';
import { Store } from '../store.js';
import { sentence } from '../words.js';
import { CompareView } from './compare.js';
import { FrontView } from './front.js';
import { GraphView } from './graph.js';
import { HistoryView } from './history.js';
import { InspectorView } from './inspector.js';
import { LanesView } from './lanes.js';
import { MemoryView } from './memory.js';
import { MetricsView } from './metrics.js';
import { NoticesView } from './notices.js';
import { PeakView } from './peak.js';
import { ProblemsView } from './problems.js';
import { ScheduleView } from './schedule.js';
import { Tabs } from './tabs.js';
import { TimelineView } from './timeline.js';
import { ToolbarView } from './toolbar.js';

/** How much of the workbench is wanted: all of it, or one of its views with its figures. */
export type Parts = 'all' | 'timeline' | 'schedule';

export type WorkbenchOptions = {
  /** In a scrolling page a bare wheel has to scroll the page. */
  wheelNeedsCtrl: boolean;
  /** What to offer when the connection failed; null: nothing. */
  retry: (() => void) | null;
  /** Opens the session elsewhere: in a notebook, in a panel; null: that is not possible here. */
  door: (() => void) | null;
  parts?: Parts;
};

export class Workbench {
  readonly element: HTMLElement;
  readonly store: Store;
  private readonly notice = h('div', { class: 'mcu-notice' });
  private readonly body: HTMLElement;
  private readonly status = h('div', { class: 'mcu-status', role: 'status', 'aria-live': 'polite' });
  private readonly timeline: TimelineView;
  private readonly memory: MemoryView;
  private readonly schedule: ScheduleView;
  private readonly graph: GraphView;
  private readonly toolbar: ToolbarView;
  private readonly explanations: Tabs;
  private readonly themes: MutationObserver;
  private noticed = '';

  constructor(private readonly port: Port, private readonly options: WorkbenchOptions) {
    this.store = new Store(port);
    this.timeline = new TimelineView(this.store, options.wheelNeedsCtrl, { lanes: redraw => new LanesView(this.store, redraw) });
    this.memory = new MemoryView(this.store, this.timeline, options.wheelNeedsCtrl);
    this.schedule = new ScheduleView(this.store);
    this.graph = new GraphView(this.store);
    const dock = this.dock();
    this.explanations = dock;
    this.toolbar = new ToolbarView(this.store, () => this.timeline.png(), () => dock.show('front'), options.door);
    const pictures = new Tabs('Pictures', [
      { id: 'memory', title: 'Memory', element: this.memory.element },
      { id: 'graph', title: 'Graph', element: this.graph.element }
    ]);
    pictures.aside.append(this.timeline.controls);
    pictures.onShow(id => {
      this.timeline.controls.hidden = id !== 'memory';
      this.graph.show(id === 'graph');
    });
    pictures.element.classList.add('mcu-pictures');
    const main = h('div', { class: 'mcu-main' }, this.schedule.element, pictures.element, new InspectorView(this.store).element);
    this.body = h(
      'div', { class: `mcu-body mcu-parts-${options.parts ?? 'all'}`, hidden: true },
      this.toolbar.element, new MetricsView(this.store).element, main, dock.element,
      new NoticesView(this.store, this.toolbar.saving).element
    );
    this.element = h('div', { class: 'mcu-root', 'data-state': 'waiting' }, this.notice, this.body, this.status);
    this.element.addEventListener('keydown', e => this.chord(e));
    this.element.addEventListener('keydown', keepTyping);
    this.themes = new MutationObserver(() => this.restyle());
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
    this.memory.restyle();
  }

  /** Writes the document; true when that worked. */
  save(): Promise<boolean> {
    return this.toolbar.saving.write();
  }

  /** Begins the search that the toolbar's button begins, or ends it. */
  fit(): void {
    this.toolbar.toggleFit();
  }

  step(type: 'undo' | 'redo'): void {
    this.toolbar.step(type);
  }

  /** Says where the door leads. */
  name(label: string, title: string): void {
    this.toolbar.name(label, title);
  }

  showProblems(): void {
    this.explanations.show('problems');
  }

  dispose(): void {
    this.themes.disconnect();
    this.timeline.dispose();
    this.memory.dispose();
    this.schedule.dispose();
    this.element.remove();
  }

  private dock(): Tabs {
    const compare = new CompareView(this.store);
    const history = new HistoryView(this.store, position => {
      tabs.show('compare');
      compare.with({ kind: 'position', id: String(position) });
    });
    const problems = new ProblemsView(this.store, count => tabs.rename('problems', count === 0 ? 'Problems' : `Problems (${count})`));
    const tabs = new Tabs('Explanations', [
      { id: 'peak', title: 'Why this peak', element: new PeakView(this.store).element },
      { id: 'problems', title: 'Problems', element: problems.element },
      { id: 'history', title: 'History', element: history.element },
      { id: 'compare', title: 'Compare', element: compare.element },
      { id: 'front', title: 'Trade-offs', element: new FrontView(this.store, () => this.toolbar.searchFront()).element }
    ]);
    tabs.onShow(id => {
      history.show(id === 'history');
      compare.show(id === 'compare');
    });
    this.store.onChange(() => {
      const length = this.port.state?.length ?? 1;
      tabs.rename('history', length > 1 ? `History (${length - 1})` : 'History');
    });
    tabs.element.classList.add('mcu-dock');
    return tabs;
  }

  /** Undo and redo inside the view only; a text field keeps its own. */
  private chord(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    const typing = target instanceof HTMLInputElement && (target.type === 'number' || target.type === 'text');
    if (!(event.ctrlKey || event.metaKey) || event.altKey || typing) {
      return;
    }
    const key = event.key.toLowerCase();
    if (key === 'z' || (key === 'y' && !event.shiftKey)) {
      event.preventDefault();
      event.stopPropagation();
      this.toolbar.step(key === 'y' || event.shiftKey ? 'redo' : 'undo');
    }
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
      const { arena_bytes, verdict: words, fits } = state.picture.head;
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

/** Typed letters belong to this view; else JupyterLab takes them for notebook commands. */
function keepTyping(event: KeyboardEvent): void {
  const chord = event.ctrlKey || event.metaKey;
  if (!chord && event.key !== 'Escape' && event.key !== 'Tab') {
    event.stopPropagation();
  }
}
