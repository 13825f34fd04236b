// Everything known of the selection, and what may be done with it; of the model while nothing is selected.

import { button, h } from '../dom.js';
import { exactBytes, quantity, shape, steps } from '../format.js';
import type { Focus, Picture } from '../picture.js';
import { keyOf, rowOf } from '../picture.js';
import type { Inspected, Rect, Row, TensorInfo } from '../protocol.js';
import type { Store } from '../store.js';
import { ACTION, effectWords, operatorName } from '../words.js';
import { bufferControls, operatorControls, tensorControls } from './inspect-choices.js';
import { stageControls } from './inspect-stage.js';

type Item = Node | string;

export class InspectorView {
  readonly element: HTMLElement;
  private readonly content = h('div', { class: 'mcu-inspected' });
  private readonly effect = h('div', { class: 'mcu-effect', 'aria-live': 'polite' });
  private pressed = false;
  private shown: { of: Picture; focus: string; choices: Inspected | null } | null = null;

  constructor(private readonly store: Store) {
    this.element = h('section', { class: 'mcu-inspector', tabindex: 0, 'aria-label': 'Properties' }, this.content, this.effect);
    store.onChange(change => {
      if (change === 'preview') {
        this.showEffect();
      } else if (change !== 'hover') {
        this.update();
      }
    });
    this.content.addEventListener('pointerdown', () => this.hold());
  }

  /** What is drawn anew under a pressed pointer would swallow the click. */
  private hold(): void {
    this.pressed = true;
    const release = (): void => {
      window.removeEventListener('pointerup', release, true);
      window.removeEventListener('pointercancel', release, true);
      setTimeout(() => {
        this.pressed = false;
        this.update();
      });
    };
    window.addEventListener('pointerup', release, true);
    window.addEventListener('pointercancel', release, true);
  }

  private update(): void {
    const { picture: of, selected, choices } = this.store;
    const focus = keyOf(selected);
    if (this.pressed || of === null || (this.shown?.of === of && this.shown.focus === focus && this.shown.choices === choices)) {
      return;
    }
    // Until the kernel has said what is possible now, controls of the same thing stay where they are.
    const waits = choices === null && this.shown?.focus === focus && selected !== null && selected.kind !== 'transfer';
    if (waits && this.shown !== null && this.shown.choices !== null) {
      this.content.classList.add('mcu-stale');
      return;
    }
    const other = this.shown?.focus !== focus;
    this.shown = { of, focus, choices };
    const held = this.element.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.key : undefined;
    this.content.classList.remove('mcu-stale');
    this.content.replaceChildren(...this.describe(of, selected));
    if (held !== undefined) {
      this.refocus(held);
    }
    if (other) {
      this.element.scrollTop = 0;
    }
  }

  /** The keyboard stays at the control that it was at before the panel was drawn anew. */
  private refocus(key: string): void {
    const same = [...this.content.querySelectorAll<HTMLInputElement>('[data-key]')].find(e => e.dataset.key === key && !e.disabled);
    (same ?? this.element).focus();
  }

  private showEffect(): void {
    const { shown } = this.store.preview;
    this.effect.textContent = shown === null ? '' : `${shown.label}: ${effectWords(shown)}`;
    this.effect.classList.toggle('mcu-bad', shown?.refused != null);
  }

  private describe(of: Picture, focus: Focus | null): Node[] {
    if (focus === null) {
      return this.model(of);
    }
    if (focus.kind === 'buffer') {
      const rect = of.buffer.get(focus.id);
      return rect === undefined ? [] : this.buffer(of, rect);
    }
    if (focus.kind === 'tensor') {
      const tensor = of.tensors.get(focus.id);
      return tensor === undefined ? [] : this.tensor(of, tensor);
    }
    const row = rowOf(of, focus);
    return row === null ? [] : row.kind === 'stage' ? this.stage(of, row) : this.row(of, row);
  }

  private model(of: Picture): Node[] {
    const { model, rows, head } = of;
    const rewrites = this.store.port.state?.rewrites ?? [];
    return [
      title('Model', model.name),
      facts([
        ['operators', String(model.operators.length)],
        ...rewrites.map((r): [string, Item] => [r.in_force ? 'rewritten' : 'to rewrite', `${r.label}: ${r.words}`]),
        ['rows', `${rows.length}, ${head.steps.toLocaleString('en-US')} steps`],
        ['inputs', lines(model.inputs.map(id => tensorLine(of.tensors.get(id))))],
        ['outputs', lines(model.outputs.map(id => tensorLine(of.tensors.get(id))))],
        ['MACs', quantity(head.macs)],
        ['live peak', exactBytes(head.live_bound_bytes)],
        ['arena', exactBytes(head.arena_bytes)],
        ['constants', `${exactBytes(head.flash_bytes)} of flash`],
        ['sha256', model.sha256.slice(0, 16)]
      ]),
      h('p', { class: 'mcu-hint' }, 'Click an operator or a rectangle to see what it is. Drag an operator, or hold Alt and press ↑ ↓, to move it.')
    ];
  }

  private row(of: Picture, row: Row): Node[] {
    const op = row.op === null ? undefined : of.model.operators[row.op];
    const choices = this.store.choices?.operator;
    return [
      title(row.index === null ? 'Transfer' : `Operator at ${row.index}`, row.label),
      facts([
        ['operator', op === undefined ? '–' : op.origin === null ? op.kind : `${op.kind} (${op.origin} in the file)`],
        ['how', ACTION[row.action] || 'computes'],
        ['alive', exactBytes(row.live_bytes)],
        ['steps', `${steps(row.first_step, row.end_step)}${row.steps > 1 ? `, ${row.steps} of them its own` : ''}`],
        ['MACs', row.macs > 0 ? quantity(row.macs) : '–']
      ]),
      group('Change', op !== undefined && choices ? operatorControls(this.store, of, op.id, choices) : []),
      ...this.traffic(of, row),
      group('Options', op === undefined ? [] : [facts(op.attributes.map(a => [a.name, a.value]))])
    ];
  }

  private stage(of: Picture, row: Row): Node[] {
    const stage = of.stages.get(row.stage ?? -1);
    const choices = this.store.choices?.stage;
    return [
      title(`Stage of ${stage?.operators.length ?? 0}`, row.how),
      group('Change', choices ? stageControls(this.store, choices) : []),
      facts([
        ['alive', exactBytes(row.live_bytes)],
        ['steps', `${row.steps.toLocaleString('en-US')}, ${steps(row.first_step, row.end_step)}`],
        ['MACs', quantity(row.macs)]
      ]),
      group('Operators', of.order.filter(op => stage?.operators.includes(op)).map(op => this.operatorLink(of, op))),
      ...this.traffic(of, row)
    ];
  }

  private traffic(of: Picture, row: Row): Node[] {
    return [
      group('Reads', row.reads.map(id => this.bufferLink(of, id))),
      group('Writes', row.writes.map(id => this.bufferLink(of, id)))
    ];
  }

  private buffer(of: Picture, rect: Rect): Node[] {
    const held = rect.tensors.flatMap(id => of.tensors.get(id) ?? []);
    const end = rect.offset + rect.bytes;
    const choices = this.store.choices?.buffer;
    return [
      title(`Buffer ${rect.buffer}${of.pins.has(rect.buffer) ? ' · pinned' : ''}`, rect.label),
      facts([
        ['role', rect.role],
        ['bytes', exactBytes(rect.bytes)],
        ['address', `${rect.offset.toLocaleString('en-US')} up to ${end.toLocaleString('en-US')} in ${rect.memory}`],
        ['alive', steps(rect.first_step, rect.end_step)]
      ]),
      group('Change', choices ? bufferControls(this.store, rect.buffer, rect.offset, choices) : []),
      group(held.length === 1 ? 'Holds' : `Holds ${held.length} tensors`, held.map(t => this.tensorNode(t))),
      group('Written by', rect.writers.map(op => this.operatorLink(of, op))),
      group('Read by', rect.readers.map(op => this.operatorLink(of, op)))
    ];
  }

  private tensor(of: Picture, tensor: TensorInfo): Node[] {
    const { operators } = of.model;
    const choices = this.store.choices?.tensor;
    const buffers = [...of.buffer.values()].filter(r => r.tensors.includes(tensor.id));
    return [
      title(tensor.constant ? 'Constant' : 'Tensor', tensor.label),
      facts([
        ['shape', shape(tensor.shape)],
        ['type', tensor.dtype],
        ['bytes', exactBytes(tensor.bytes)],
        ['name', tensor.name]
      ]),
      group('Change', choices ? tensorControls(this.store, tensor.id, choices) : []),
      group('Lies in', buffers.map(r => this.link({ kind: 'buffer', id: r.buffer }, `buffer ${r.buffer}`, `${exactBytes(r.bytes)} in ${r.memory}`))),
      group('Made by', operators.filter(o => o.outputs.includes(tensor.id)).map(o => this.operatorLink(of, o.id))),
      group('Read by', operators.filter(o => o.inputs.includes(tensor.id)).map(o => this.operatorLink(of, o.id)))
    ];
  }

  private bufferLink(of: Picture, id: string): Node {
    const rect = of.buffer.get(id);
    const words = rect === undefined ? id : `${rect.role === 'constant' ? 'constant ' : ''}${rect.label}`;
    const size = rect === undefined ? '' : `${rect.shape} · ${exactBytes(rect.bytes)}`;
    // What may be done with a constant is to store it elsewhere.
    const constant = rect?.role === 'constant' ? rect.tensors[0] : undefined;
    return this.link(constant === undefined ? { kind: 'buffer', id } : { kind: 'tensor', id: constant }, words, size);
  }

  private operatorLink(of: Picture, op: number): Node {
    return op < 0 ? h('div', {}, 'a transfer') : this.link({ kind: 'operator', id: op }, operatorName(of, op), '');
  }

  /** Converters join the names of all that was fused with semicolons: the first is enough at first sight. */
  private tensorNode(tensor: TensorInfo): Node {
    const [first, ...others] = tensor.name.split(';').filter(part => part !== '');
    const rest = others.length === 0 ? null
      : h('details', {}, h('summary', {}, `${others.length} more names`), ...others.map(name => h('small', {}, name)));
    return h('div', { class: 'mcu-tensor' }, this.link({ kind: 'tensor', id: tensor.id }, tensorLine(tensor), first ?? ''), rest);
  }

  private link(focus: Focus, words: string, note: string): Node {
    const made = button('mcu-link', words, '', () => this.store.select(focus));
    made.dataset.key = `link-${keyOf(focus)}`;
    made.addEventListener('pointerenter', () => this.store.point(focus));
    made.addEventListener('pointerleave', () => this.store.point(null));
    return h('div', { class: 'mcu-line' }, made, note === '' ? null : h('small', {}, note));
  }
}

function tensorLine(tensor: TensorInfo | undefined): string {
  return tensor === undefined ? '–' : `${shape(tensor.shape)} ${tensor.dtype}`;
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
