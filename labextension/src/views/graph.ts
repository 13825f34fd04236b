// The operators as a picture, linked with everything else by what is selected. Find with Ctrl+F.

import { button, h, setAttr } from '../dom.js';
import type { GraphLayout, Placed } from '../graph-layout.js';
import { layered } from '../graph-layout.js';
import type { Picture } from '../picture.js';
import { keyOf, rowOf, rowsOf } from '../picture.js';
import type { Store } from '../store.js';

const SVG = 'http://www.w3.org/2000/svg';
const NODE = { width: 168, height: 34, across: 190, down: 56, margin: 24 };
const ZOOMS = [0.25, 0.35, 0.5, 0.7, 1, 1.4, 2];

export class GraphView {
  readonly element: HTMLElement;
  private readonly scroll = h('div', { class: 'mcu-graph-scroll', tabindex: 0, role: 'application', 'aria-label': 'Operators as a graph. Arrows go along the edges, plus and minus zoom.' });
  private readonly find = h('input', { class: 'mcu-input', type: 'search', placeholder: 'Find an operator', 'aria-label': 'Find an operator' });
  private svg: SVGElement | null = null;
  private layout: GraphLayout | null = null;
  private nodes = new Map<number, SVGElement>();
  private at = new Map<number, Placed>();
  private visible = false;
  private drawn: Picture['model'] | null = null;
  private labelled: Picture | null = null;
  private zoom = 4;

  constructor(private readonly store: Store) {
    const bar = h(
      'div', { class: 'mcu-graph-bar' }, this.find,
      button('mcu-quiet', '−', 'Zoom out (−)', () => this.scale(-1)), button('mcu-quiet', '+', 'Zoom in (+)', () => this.scale(1)),
      button('mcu-quiet', 'SVG', 'Download the graph as an SVG file', () => this.download())
    );
    this.element = h('div', { class: 'mcu-graph' }, bar, this.scroll);
    this.find.addEventListener('input', () => this.search());
    this.find.addEventListener('keydown', e => e.key === 'Enter' && this.search(true));
    this.element.addEventListener('keydown', e => this.key(e));
    this.scroll.addEventListener('click', e => this.click(e));
    store.onChange(() => this.update());
  }

  show(visible: boolean): void {
    this.visible = visible;
    this.update();
    this.reveal();
  }

  private update(): void {
    const of = this.store.picture;
    if (!this.visible || of === null) {
      return;
    }
    if (this.drawn !== of.model) {
      this.drawn = of.model;
      this.build(of);
    }
    if (this.labelled !== of) {
      this.labelled = of;
      this.relabel(of);
    }
    const { selected, hover } = this.store;
    const lit = new Set(rowsOf(of, selected).map(i => of.rows[i].op));
    const hovered = new Set(rowsOf(of, hover).map(i => of.rows[i].op));
    for (const [id, node] of this.nodes) {
      node.classList.toggle('mcu-node-selected', lit.has(id));
      node.classList.toggle('mcu-hovered', hovered.has(id));
    }
    this.reveal();
  }

  private build(of: Picture): void {
    const layout = (this.layout = layered(of.model.operators));
    const x = (n: Placed): number => NODE.margin + n.column * NODE.across;
    const y = (n: Placed): number => NODE.margin + n.layer * NODE.down;
    const width = 2 * NODE.margin + layout.columns * NODE.across;
    const height = 2 * NODE.margin + layout.layers * NODE.down;
    const svg = make('svg', { viewBox: `0 0 ${width} ${height}`, class: 'mcu-graph-svg', 'data-width': width, 'data-height': height });
    this.at = new Map(layout.nodes.map(n => [n.id, n]));
    for (const { from, to } of layout.edges) {
      const [a, b] = [this.at.get(from), this.at.get(to)];
      if (a !== undefined && b !== undefined) {
        const [x0, y0, x1, y1] = [x(a) + NODE.width / 2, y(a) + NODE.height, x(b) + NODE.width / 2, y(b)];
        const bend = Math.min((y1 - y0) / 2, 40);
        svg.append(make('path', { class: 'mcu-edge', d: `M${x0} ${y0}C${x0} ${y0 + bend} ${x1} ${y1 - bend} ${x1} ${y1}` }));
      }
    }
    this.nodes.clear();
    for (const node of layout.nodes) {
      const group = make('g', { class: 'mcu-node', transform: `translate(${x(node)} ${y(node)})`, 'data-op': node.id });
      group.append(
        make('rect', { width: NODE.width, height: NODE.height, rx: 3 }), make('rect', { class: 'mcu-node-bar', x: 1, y: NODE.height - 4, height: 3, width: 0 }),
        make('text', { x: 8, y: 14 }), make('text', { x: 8, y: 27, class: 'mcu-node-note' })
      );
      this.nodes.set(node.id, group);
      svg.append(group);
    }
    this.svg = svg;
    this.scroll.replaceChildren(svg);
    this.scale(0);
  }

  /** What an edit can change: places in the order, shapes, stages, bytes alive. */
  private relabel(of: Picture): void {
    const inStage = new Set([...of.stages.values()].flatMap(s => s.operators));
    for (const [id, node] of this.nodes) {
      const row = rowOf(of, { kind: 'operator', id });
      const info = of.model.operators[id];
      const [name, note] = node.querySelectorAll('text');
      name.textContent = `${row?.index ?? ''} ${info.label}`;
      const out = info.outputs.map(t => of.tensors.get(t)?.shape.join('×') ?? '').join(', ');
      note.textContent = out.length > 28 ? `${out.slice(0, 27)}…` : out;
      node.classList.toggle('mcu-node-staged', inStage.has(id));
      node.classList.toggle('mcu-over', of.head.limit_bytes !== null && (row?.live_bytes ?? 0) > of.head.limit_bytes);
      const share = (row?.live_bytes ?? 0) / Math.max(of.head.live_bound_bytes, 1);
      setAttr(node.querySelector('.mcu-node-bar') as Element, 'width', Math.round(share * (NODE.width - 2)));
    }
  }

  private reveal(): void {
    const { selected } = this.store;
    if (this.visible && selected?.kind === 'operator') {
      this.nodes.get(selected.id)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    }
  }

  private scale(by: number): void {
    this.zoom = Math.min(Math.max(this.zoom + by, 0), ZOOMS.length - 1);
    const { svg } = this;
    if (svg !== null) {
      svg.style.width = `${Number(svg.dataset.width) * ZOOMS[this.zoom]}px`;
      svg.style.height = `${Number(svg.dataset.height) * ZOOMS[this.zoom]}px`;
    }
  }

  private click(event: MouseEvent): void {
    const node = event.target instanceof Element ? event.target.closest<SVGElement>('[data-op]') : null;
    this.store.select(node === null ? null : { kind: 'operator', id: Number(node.dataset.op) });
  }

  /** The first match, or with `next` the one behind the selection. */
  private search(next = false): void {
    const wanted = this.find.value.trim().toLowerCase();
    const operators = this.store.picture?.model.operators ?? [];
    const found = operators.filter(op => wanted !== '' && `${op.id} ${op.label} ${op.kind} ${op.outputs.map(t => this.store.picture?.tensors.get(t)?.name).join(' ')}`.toLowerCase().includes(wanted));
    const { selected } = this.store;
    const after = next && selected?.kind === 'operator' ? found.find(op => op.id > selected.id) : undefined;
    const hit = after ?? found[0];
    if (hit !== undefined) {
      this.store.select({ kind: 'operator', id: hit.id });
    }
  }

  private key(event: KeyboardEvent): void {
    if ((event.ctrlKey || event.metaKey) && event.key === 'f') {
      event.preventDefault();
      event.stopPropagation();
      this.find.focus();
      return;
    }
    if (event.target === this.find || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const moves: Record<string, () => void> = {
      ArrowDown: () => this.along('from', 'to'), ArrowUp: () => this.along('to', 'from'),
      ArrowRight: () => this.beside(1), ArrowLeft: () => this.beside(-1),
      '+': () => this.scale(1), '=': () => this.scale(1), '-': () => this.scale(-1), Escape: () => this.store.select(null)
    };
    const run = moves[event.key];
    if (run !== undefined) {
      event.preventDefault();
      run();
    }
  }

  /** To what the selection feeds, or to what feeds it; the first operator when nothing is selected. */
  private along(near: 'from' | 'to', far: 'from' | 'to'): void {
    const { selected } = this.store;
    const edge = this.layout?.edges.find(e => selected?.kind === 'operator' && e[near] === selected.id);
    const next = edge?.[far] ?? (selected === null ? this.layout?.nodes[0]?.id : undefined);
    if (next !== undefined) {
      this.store.select({ kind: 'operator', id: next });
    }
  }

  private beside(by: number): void {
    const key = keyOf(this.store.selected);
    const now = this.layout?.nodes.find(n => `operator:${n.id}` === key);
    const layer = this.layout?.nodes.filter(n => n.layer === now?.layer).sort((a, b) => a.column - b.column) ?? [];
    const next = now === undefined ? undefined : layer[layer.indexOf(now) + by];
    if (next !== undefined) {
      this.store.select({ kind: 'operator', id: next.id });
    }
  }

  /** With the colours of the theme written into it, so that it looks the same elsewhere. */
  private download(): void {
    if (this.svg === null) {
      return;
    }
    const copy = this.svg.cloneNode(true) as SVGElement;
    const [from, to] = [this.svg.querySelectorAll('*'), copy.querySelectorAll<SVGElement>('*')];
    from.forEach((element, i) => {
      const { fill, stroke, strokeWidth, fontFamily, fontSize } = getComputedStyle(element);
      Object.assign(to[i].style, { fill, stroke, strokeWidth, fontFamily, fontSize });
    });
    setAttr(copy, 'xmlns', SVG);
    const url = URL.createObjectURL(new Blob([copy.outerHTML], { type: 'image/svg+xml' }));
    h('a', { href: url, download: `${this.store.picture?.model.name ?? 'model'}_graph.svg` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }
}

function make(tag: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(SVG, tag) as SVGElement;
  Object.entries(attributes).forEach(([name, value]) => setAttr(made, name, value));
  return made;
}
