// Everything known of the selected step or buffer; of the model while nothing is selected.

import { button, h } from '../dom.js';
import { exactBytes, quantity, shape, steps } from '../format.js';
import type { Focus, Picture } from '../picture.js';
import type { Rect, TensorInfo } from '../protocol.js';
import type { Store } from '../store.js';
import { stepName } from '../words.js';

type Item = Node | string;

export class InspectorView {
  readonly element = h('section', { class: 'mcu-inspector', tabindex: 0, 'aria-label': 'Properties' });
  private shown: { of: Picture; focus: Focus | null } | null = null;

  constructor(private readonly store: Store) {
    store.onChange(change => {
      if (change !== 'hover') {
        this.update();
      }
    });
  }

  private update(): void {
    const { picture: of, selected } = this.store;
    if (of === null || (this.shown?.of === of && this.shown.focus === selected)) {
      return;
    }
    this.shown = { of, focus: selected };
    this.element.replaceChildren(...this.content(of, selected));
    this.element.scrollTop = 0;
  }

  private content(of: Picture, focus: Focus | null): Node[] {
    if (focus === null) {
      return this.model(of);
    }
    if (focus.kind === 'step') {
      return this.step(of, focus.step);
    }
    const rect = of.buffer.get(focus.buffer);
    return rect === undefined ? [] : this.buffer(of, rect);
  }

  private model(of: Picture): Node[] {
    const { model, rows, projection } = of;
    return [
      title('Model', model.name),
      facts([
        ['operators', String(model.operators.length)],
        ['steps', String(rows.length)],
        ['inputs', lines(model.inputs.map(id => tensorLine(of.tensors.get(id))))],
        ['outputs', lines(model.outputs.map(id => tensorLine(of.tensors.get(id))))],
        ['MACs', quantity(projection.macs)],
        ['live peak', exactBytes(projection.live_bound_bytes)],
        ['arena', exactBytes(projection.arena_bytes)],
        ['flash', exactBytes(projection.flash_bytes)],
        ['sha256', model.sha256.slice(0, 16)]
      ]),
      h('p', { class: 'mcu-hint' }, 'Click a step or a rectangle to see what it is.')
    ];
  }

  private step(of: Picture, step: number): Node[] {
    const row = of.rows[step];
    const op = row.op === null ? undefined : of.model.operators[row.op];
    const how = { compute: 'computes', in_place: 'in place', alias: 'moves no byte', copy: 'copies', wait: 'waits' }[row.action];
    return [
      title(`Step ${step}`, row.label),
      facts([
        ['operator', op === undefined ? '–' : `${op.kind} (${op.id} in the file)`],
        ['how', how],
        ['alive', exactBytes(row.live_bytes)],
        ['MACs', row.macs > 0 ? quantity(row.macs) : '–']
      ]),
      group('Reads', row.reads.map(id => this.bufferLink(of, id))),
      group('Writes', row.writes.map(id => this.bufferLink(of, id))),
      group('Options', op === undefined ? [] : [facts(op.attributes.map(a => [a.name, a.value]))])
    ];
  }

  private buffer(of: Picture, rect: Rect): Node[] {
    const held = rect.tensors.flatMap(id => of.tensors.get(id) ?? []);
    const end = rect.offset + rect.bytes;
    return [
      title(`Buffer ${rect.buffer}`, rect.label),
      facts([
        ['role', rect.role],
        ['bytes', exactBytes(rect.bytes)],
        ['address', `${rect.offset.toLocaleString('en-US')} up to ${end.toLocaleString('en-US')} in ${rect.memory}`],
        ['alive', steps(rect.first_step, rect.end_step)]
      ]),
      group(held.length === 1 ? 'Holds' : `Holds ${held.length} tensors`, held.map(t => tensorNode(t))),
      group('Written by', rect.writers.map(s => this.stepLink(of, s))),
      group('Read by', rect.readers.map(s => this.stepLink(of, s)))
    ];
  }

  private bufferLink(of: Picture, id: string): Node {
    const rect = of.buffer.get(id);
    const words = rect === undefined ? id : `${rect.role === 'constant' ? 'constant ' : ''}${rect.label}`;
    const size = rect === undefined ? '' : `${rect.shape} · ${exactBytes(rect.bytes)}`;
    return this.link({ kind: 'buffer', buffer: id }, words, size);
  }

  private stepLink(of: Picture, step: number): Node {
    return this.link({ kind: 'step', step }, stepName(of, step), '');
  }

  private link(focus: Focus, words: string, note: string): Node {
    const made = button('mcu-link', words, '', () => this.store.select(focus));
    made.addEventListener('pointerenter', () => this.store.point(focus));
    made.addEventListener('pointerleave', () => this.store.point(null));
    return h('div', { class: 'mcu-line' }, made, note === '' ? null : h('small', {}, note));
  }
}

function tensorLine(tensor: TensorInfo | undefined): string {
  return tensor === undefined ? '–' : `${shape(tensor.shape)} ${tensor.dtype}`;
}

/** Converters join the names of all that was fused with semicolons: the first is enough at first sight. */
function tensorNode(tensor: TensorInfo): Node {
  const [first, ...others] = tensor.name.split(';').filter(part => part !== '');
  const rest = others.length === 0 ? null
    : h('details', {}, h('summary', {}, `${others.length} more names`), ...others.map(name => h('small', {}, name)));
  return h('div', { class: 'mcu-tensor' }, tensorLine(tensor), h('small', {}, first ?? ''), rest);
}

function title(kind: string, name: string): Node {
  return h('header', {}, h('span', { class: 'mcu-kind' }, kind), h('h3', {}, name));
}

function group(name: string, items: Node[]): Node {
  return items.length === 0 ? h('div', {}) : h('div', { class: 'mcu-group' }, h('h4', {}, name), ...items);
}

function lines(items: string[]): Item {
  return h('span', {}, ...items.map(text => h('div', {}, text)));
}

function facts(pairs: [string, Item][]): Node {
  return h('dl', {}, ...pairs.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));
}
