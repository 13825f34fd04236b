// Board, input, Fit, undo and redo, export and save.

import { button, h, setText } from '../dom.js';
import { size } from '../format.js';
import type { BoardInfo, Opened, Schedule } from '../protocol.js';
import type { Store } from '../store.js';
import { ExportingView } from './exporting.js';
import { FitOptionsView } from './fit-options.js';
import { RewritesView } from './rewrites.js';
import { SavingView } from './saving.js';

const CUSTOM = 'custom';
const OWN = 'own';
const KIB = 1024;
const FIT_TITLE = 'Search for the schedule that needs the least SRAM';

export class ToolbarView {
  readonly element: HTMLElement;
  private readonly board: HTMLSelectElement;
  /** The user's own board, while it is the one that is planned for. */
  private readonly own = h('option', { value: OWN });
  private readonly sram: HTMLInputElement;
  private readonly flash: HTMLInputElement;
  private readonly budget: HTMLFormElement;
  private readonly fit: HTMLButtonElement;
  private readonly progress: HTMLElement;
  private readonly busy: HTMLElement;
  private readonly undo: HTMLButtonElement;
  private readonly redo: HTMLButtonElement;
  private readonly model: HTMLElement;
  private readonly inputs: HTMLSelectElement;
  private readonly options: FitOptionsView;
  private readonly door: HTMLButtonElement;
  readonly saving: SavingView;
  private listed: Opened | null = null;

  /**
   * `png` gives the timeline as it is seen; `onFront` is called when a search for trade-offs begins; `door` opens the
   * session elsewhere, null: there is no such place.
   */
  constructor(private readonly store: Store, png: () => string, private readonly onFront: () => void, door: (() => void) | null) {
    this.board = h('select', { class: 'mcu-select', 'aria-label': 'Board', title: 'The board to plan for: its SRAM + its flash' });
    this.board.addEventListener('change', () => this.choose());
    this.sram = sizeInput('SRAM in KiB');
    this.flash = sizeInput('Flash in KiB');
    this.budget = h(
      'form', { class: 'mcu-budget', hidden: true },
      h('label', {}, 'SRAM ', this.sram, ' KiB'), h('label', {}, 'flash ', this.flash, ' KiB'),
      h('button', { type: 'submit', class: 'mcu-button' }, 'Set')
    );
    this.budget.addEventListener('submit', e => {
      e.preventDefault();
      this.setBudget();
    });
    this.inputs = h(
      'select', { class: 'mcu-select mcu-inputs', 'aria-label': 'Input', title: 'Resident: the whole input lies in SRAM before the first step. Streamed: its rows are handed over as they are needed.' },
      h('option', { value: 'resident' }, 'input resident'), h('option', { value: 'streamed' }, 'input streamed')
    );
    this.inputs.addEventListener('change', () => store.edit({ type: 'set_inputs', inputs: this.inputs.value as Schedule['inputs'] }));
    this.fit = button('mcu-fit', 'Fit', FIT_TITLE, () => this.toggleFit());
    this.options = new FitOptionsView(() => this.toggleFit(), () => this.searchFront(), new RewritesView(store).element);
    this.progress = h('span', {});
    this.busy = h('div', { class: 'mcu-progress', hidden: true }, h('div', { class: 'mcu-spinner', 'aria-hidden': 'true' }), this.progress);
    this.undo = button('mcu-icon', '↶', 'Undo', () => this.step('undo'));
    this.redo = button('mcu-icon', '↷', 'Redo', () => this.step('redo'));
    this.model = h('span', { class: 'mcu-model' });
    this.door = button('mcu-door', '', '', () => door?.());
    this.door.hidden = door === null;
    this.saving = new SavingView(store);
    this.element = h(
      'div', { class: 'mcu-toolbar', role: 'toolbar', 'aria-label': 'mcu_lab' },
      this.board, this.budget, this.inputs, h('div', { class: 'mcu-joined' }, this.fit, this.options.popup.element), this.undo, this.redo,
      this.busy, h('div', { class: 'mcu-gap' }), this.model, this.door, new ExportingView(store, png).element, this.saving.element
    );
    store.onChange(change => {
      if (change === 'session') {
        this.update();
      }
    });
  }

  private update(): void {
    const { opened, state, search, progress } = this.store.port;
    if (opened === null || state === null) {
      return;
    }
    if (this.listed !== opened) {
      this.listed = opened;
      this.fillBoards(opened.boards);
      this.options.list(opened.techniques);
      setText(this.model, state.model.name);
      this.model.title = `${state.model.path}\nsha256 ${state.model.sha256}`;
    }
    const { device } = state;
    if (device.kind === 'own') {
      setText(this.own, `${device.name} · ${sizes(device)}`);
      this.board.append(this.own);
    } else {
      this.own.remove();
    }
    if (!this.editingBudget()) {
      this.board.value = { board: device.id, own: OWN, sizes: CUSTOM }[device.kind];
      this.budget.hidden = device.kind !== 'sizes';
      this.sram.value = kib(device.sram_bytes);
      this.flash.value = kib(device.flash_bytes);
    }
    this.inputs.value = state.schedule.inputs;
    const searching = search !== null;
    this.fit.classList.toggle('mcu-running', searching);
    setText(this.fit, searching ? 'Cancel' : 'Fit');
    this.fit.title = searching ? 'Stop the search and keep the best it has found' : FIT_TITLE;
    this.options.popup.disabled = searching;
    this.busy.hidden = !searching;
    this.door.disabled = searching;
    setText(this.progress, searching ? (progress?.text ?? 'Searching …') : '');
    this.undo.disabled = state.undo === null || search === 'fit';
    this.undo.title = state.undo === null ? 'Nothing to undo' : `Undo ${state.undo}`;
    this.undo.setAttribute('aria-label', this.undo.title);
    this.redo.disabled = state.redo === null || search === 'fit';
    this.redo.title = state.redo === null ? 'Nothing to redo' : `Redo ${state.redo}`;
    this.redo.setAttribute('aria-label', this.redo.title);
    this.board.disabled = this.inputs.disabled = search === 'fit';
  }

  /** Also for the keyboard: nothing happens when there is nothing to take back. */
  step(type: 'undo' | 'redo'): void {
    const { state, search } = this.store.port;
    if (search !== 'fit' && state !== null && state[type] !== null) {
      void this.store.port.step({ type });
    }
  }

  /** Says where the door leads. */
  name(label: string, title: string): void {
    setText(this.door, label);
    this.door.title = title;
    this.door.setAttribute('aria-label', title);
  }

  private editingBudget(): boolean {
    return this.budget.contains(document.activeElement) || (this.board === document.activeElement && !this.budget.hidden);
  }

  private fillBoards(boards: readonly BoardInfo[]): void {
    const options = boards.map(b => h('option', { value: b.id }, `${b.name} · ${sizes(b)}`));
    this.board.replaceChildren(...options, h('option', { value: CUSTOM }, 'Own limits …'));
  }

  private choose(): void {
    const custom = this.board.value === CUSTOM;
    this.budget.hidden = !custom;
    if (custom) {
      this.sram.focus();
      return;
    }
    if (this.board.value !== OWN) {
      this.store.edit({ type: 'set_device', device: this.board.value });
    }
  }

  private setBudget(): void {
    const bytes = (input: HTMLInputElement): number | null => (input.value === '' ? null : Math.round(Number(input.value) * KIB));
    this.fit.focus();
    this.store.edit({ type: 'set_budget', sram_bytes: bytes(this.sram), flash_bytes: bytes(this.flash) });
  }

  /** Begins a search, or asks the one that runs to stop. */
  toggleFit(): void {
    const { port } = this.store;
    if (port.search !== null) {
      port.cancelSearch();
    } else {
      void port.start({ type: 'fit', ...this.options.options });
    }
  }

  searchFront(): void {
    void this.store.port.start({ type: 'front', ...this.options.options });
    this.onFront();
  }
}

function sizes(board: BoardInfo): string {
  const [sram, flash] = [board.sram_bytes, board.flash_bytes].map(b => (b === null ? 'no limit' : size(b)));
  return `${sram} + ${flash}`;
}

function kib(bytes: number | null): string {
  return bytes === null ? '' : String(bytes / KIB);
}

function sizeInput(name: string): HTMLInputElement {
  return h('input', { class: 'mcu-input', type: 'number', min: 0.25, step: 0.25, placeholder: 'no limit', 'aria-label': name });
}
