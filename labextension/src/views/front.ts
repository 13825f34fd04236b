// The trade-offs between memory and work as a strip: click a point and its schedule is loaded.

import { button, h, setAttr } from '../dom.js';
import { exactBytes, size } from '../format.js';
import type { Front, FrontPoint } from '../protocol.js';
import type { Store } from '../store.js';
import { milliseconds } from '../words.js';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 1000;
const HEIGHT = 70;
const EDGE = { left: 56, right: 24, top: 12, bottom: 26 };

export class FrontView {
  readonly element: HTMLElement;
  private readonly strip = h('div', { class: 'mcu-front' });
  private readonly words = h('p', { class: 'mcu-hint', 'aria-live': 'polite' });
  private drawn: Front | null = null;

  constructor(private readonly store: Store, search: () => void) {
    const run = button('', 'Search trade-offs', 'Find schedules between least memory and least work, with the techniques chosen under Fit', search);
    this.element = h('div', { class: 'mcu-page mcu-trade', tabindex: 0 }, h('div', { class: 'mcu-acts' }, run, this.words), this.strip);
    store.onChange(change => {
      if (change === 'session') {
        run.disabled = store.port.search !== null;
        this.update();
      }
    });
    this.update();
  }

  private update(): void {
    const { front } = this.store.port;
    if (front === null) {
      this.words.textContent = 'Each point is a schedule: less memory to the left, more work upward. A click loads it, Undo brings yours back.';
      this.strip.replaceChildren();
      return;
    }
    if (front !== this.drawn) {
      this.drawn = front;
      const { length } = front.points;
      this.words.textContent = front.complete ? `${length} ${length === 1 ? 'trade-off' : 'trade-offs'}.` : `${length} so far …`;
      this.strip.replaceChildren(this.plot(front.points));
    }
  }

  private plot(points: readonly FrontPoint[]): Element {
    const bytes = points.map(p => p.figures.arena_bytes);
    const limit = this.store.picture?.head.limit_bytes ?? null;
    const most = Math.max(...bytes, 1);
    const least = Math.min(...bytes, most);
    const room = Math.max(most - least, most * 0.05);
    const factors = points.map(p => p.mac_factor);
    // Below one: tiles need not make rows that nobody reads.
    const lowest = Math.min(...factors, 1);
    const highest = Math.max(...factors, 1.05);
    const x = (b: number): number => EDGE.left + ((b - least) / room) * (WIDTH - EDGE.left - EDGE.right);
    const y = (factor: number): number => HEIGHT - EDGE.bottom - ((factor - lowest) / (highest - lowest)) * (HEIGHT - EDGE.top - EDGE.bottom);
    const svg = make('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'xMinYMid meet', class: 'mcu-front-plot', role: 'group', 'aria-label': 'Trade-offs' });
    const base = HEIGHT - EDGE.bottom;
    svg.append(make('line', { x1: EDGE.left - 8, x2: WIDTH - EDGE.right + 8, y1: base + 8, y2: base + 8, class: 'mcu-front-axis' }));
    svg.append(text(4, y(lowest) + 4, `${lowest.toFixed(2)}×`), text(4, y(highest) + 4, `${highest.toFixed(2)}×`));
    svg.append(text(EDGE.left, HEIGHT - 4, size(least), 'start'), text(WIDTH - EDGE.right, HEIGHT - 4, size(most), 'end'));
    if (limit !== null && limit >= least && limit <= most) {
      svg.append(make('line', { x1: x(limit), x2: x(limit), y1: 2, y2: base + 8, class: 'mcu-front-limit' }), text(x(limit) + 4, 11, `limit ${size(limit)}`, 'start'));
    }
    points.forEach((point, i) => svg.append(this.dot(point, i, x(point.figures.arena_bytes), y(point.mac_factor))));
    return svg;
  }

  private dot(point: FrontPoint, at: number, x: number, y: number): Element {
    const { arena_bytes, latency_us, fits } = point.figures;
    const words = `${exactBytes(arena_bytes)}, ${point.mac_factor.toFixed(2)}× MACs, ${milliseconds(latency_us)}, ${fits ? 'fits' : 'does not fit'}. ${point.text}`;
    const dot = make('g', { class: `mcu-dot${point.current ? ' mcu-dot-now' : ''}${fits ? '' : ' mcu-dot-over'}`, tabindex: 0, role: 'button', 'aria-label': words });
    dot.append(make('circle', { cx: x, cy: y, r: 14, class: 'mcu-dot-target' }), make('circle', { cx: x, cy: y, r: 5 }));
    const title = make('title', {});
    title.textContent = words;
    dot.append(title);
    const load = (): void => void this.store.port.step({ type: 'choose', point: at });
    dot.addEventListener('click', load);
    dot.addEventListener('keydown', e => {
      if (e instanceof KeyboardEvent && (e.key === 'Enter' || e.key === ' ')) {
        e.preventDefault();
        load();
      }
    });
    ['pointerenter', 'focus'].forEach(type => dot.addEventListener(type, () => (this.words.textContent = words)));
    return dot;
  }
}

function make(tag: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(SVG, tag);
  Object.entries(attributes).forEach(([name, value]) => setAttr(made, name, value));
  return made;
}

function text(x: number, y: number, words: string, anchor = 'start'): SVGElement {
  const made = make('text', { x, y, 'text-anchor': anchor });
  made.textContent = words;
  return made;
}
