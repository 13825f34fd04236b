// What can be taken away: firmware, a report, the model with its plan, figures for Model Explorer, pictures, a script.

import { button, h, setText } from '../dom.js';
import { Refused } from '../port.js';
import type { Export } from '../protocol.js';
import type { Store } from '../store.js';
import { sentence } from '../words.js';
import { Popup } from './popup.js';

type Kind = Export['kind'];

const KINDS: { kind: Kind; words: string; file: (name: string) => string }[] = [
  { kind: 'firmware', words: 'Firmware: C sources and tables', file: name => `${name}_firmware` },
  { kind: 'report', words: 'Report: a page that needs no network', file: name => `${name}_report.html` },
  { kind: 'tflite', words: 'Model with this order and memory plan (.tflite)', file: name => `${name}_planned.tflite` },
  { kind: 'node_data', words: 'Figures for Model Explorer (.json)', file: name => `${name}_node_data.json` },
  { kind: 'script', words: 'Python script of this session (.py)', file: name => `${name}_session.py` }
];

export class ExportingView {
  readonly element: HTMLElement;
  private readonly kind = h('select', { class: 'mcu-select', 'aria-label': 'What to export' }, ...KINDS.map(k => h('option', { value: k.kind }, k.words)));
  private readonly path = h('input', { class: 'mcu-input mcu-path', 'aria-label': 'File or folder', spellcheck: 'false' });
  private readonly overwrite = h('input', { type: 'checkbox' });
  private readonly said = h('p', { class: 'mcu-hint', role: 'status' });

  /** `png` gives the timeline as it is seen. */
  constructor(private readonly store: Store, private readonly png: () => string) {
    this.kind.addEventListener('change', () => this.prefill());
    const popup = new Popup('Export ▾', 'Export', [
      this.kind, h('label', {}, 'to ', this.path), h('label', { class: 'mcu-toggle' }, this.overwrite, h('span', {}, 'replace what is there')),
      h('div', { class: 'mcu-acts' },
        button('mcu-primary', 'Write', 'Write it beside the model', () => void this.write()),
        button('', 'Copy as Python', 'The script that reproduces this session, to the clipboard', () => void this.copy()),
        button('', 'Picture', 'The timeline as a PNG', () => this.picture())),
      this.said
    ], () => this.prefill());
    this.element = popup.element;
  }

  private get name(): string {
    return this.store.port.state?.model.name ?? 'model';
  }

  private prefill(): void {
    this.path.value = KINDS.find(k => k.kind === this.kind.value)?.file(this.name) ?? '';
    setText(this.said, '');
  }

  private async write(): Promise<void> {
    setText(this.said, 'Writing …');
    try {
      const request = { type: 'export', kind: this.kind.value as Kind, path: this.path.value, overwrite: this.overwrite.checked } as const;
      const { files, path, text } = await this.store.port.ask(request);
      setText(this.said, text === '' ? `Wrote ${files.length === 1 ? files[0] : `${files.length} files to ${path}`}.` : text);
    } catch (why) {
      this.explain(why);
    }
  }

  private async copy(): Promise<void> {
    try {
      const { text } = await this.store.port.ask({ type: 'script' });
      await navigator.clipboard.writeText(text);
      setText(this.said, `Copied ${text.split('\n').length} lines.`);
    } catch (why) {
      this.explain(why);
    }
  }

  private picture(): void {
    const link = h('a', { href: this.png(), download: `${this.name}_memory.png` });
    link.click();
    setText(this.said, 'The picture is with your downloads.');
  }

  private explain(why: unknown): void {
    setText(this.said, why instanceof Refused ? sentence(`${why.failure.what} ${why.failure.hint}`) : `That did not work: ${String(why)}`);
  }
}
