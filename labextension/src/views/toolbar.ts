// Board, Fit, undo and redo.

import { button, h, setText } from '../dom.js';
import { size } from '../format.js';
import type { BoardInfo, Opened } from '../protocol.js';
import type { Store } from '../store.js';

const CUSTOM = 'custom';
const KIB = 1024;

export class ToolbarView {
  readonly element: HTMLElement;
  private readonly board: HTMLSelectElement;
  private readonly sram: HTMLInputElement;
  private readonly flash: HTMLInputElement;
  private readonly budget: HTMLFormElement;
  private readonly fit: HTMLButtonElement;
  private readonly progress: HTMLElement;
  private readonly busy: HTMLElement;
  private readonly undo: HTMLButtonElement;
  private readonly redo: HTMLButtonElement;
  private readonly model: HTMLElement;
  private listed: Opened | null = null;

  constructor(private readonly store: Store) {
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
    this.fit = button('mcu-fit', 'Fit', 'Search for the order and placement that need the least SRAM', () => this.toggleFit());
    this.progress = h('span', {});
    this.busy = h('div', { class: 'mcu-progress', hidden: true }, h('div', { class: 'mcu-spinner', 'aria-hidden': 'true' }), this.progress);
    this.undo = button('mcu-icon', '↶', 'Undo', () => this.edit('undo'));
    this.redo = button('mcu-icon', '↷', 'Redo', () => this.edit('redo'));
    this.model = h('span', { class: 'mcu-model' });
    this.element = h(
      'div', { class: 'mcu-toolbar', role: 'toolbar', 'aria-label': 'mcu_lab' },
      this.board, this.budget, this.fit, this.undo, this.redo, this.busy, h('div', { class: 'mcu-gap' }), this.model
    );
    store.onChange(change => {
      if (change === 'session') {
        this.update();
      }
    });
  }

  private update(): void {
    const { opened, state, fitRunning, progress } = this.store.port;
    if (opened === null || state === null) {
      return;
    }
    if (this.listed !== opened) {
      this.listed = opened;
      this.fillBoards(opened.boards);
      setText(this.model, opened.model.name);
      this.model.title = `${opened.model.path}\nsha256 ${opened.model.sha256}`;
    }
    const known = opened.boards.some(b => b.id === state.device.id);
    if (!this.editingBudget()) {
      this.board.value = known ? state.device.id : CUSTOM;
      this.budget.hidden = known;
      this.sram.value = kib(state.device.sram_bytes);
      this.flash.value = kib(state.device.flash_bytes);
    }
    this.fit.classList.toggle('mcu-running', fitRunning);
    setText(this.fit, fitRunning ? 'Cancel' : 'Fit');
    this.fit.title = fitRunning
      ? 'Stop the search and keep the best it has found'
      : 'Search for the order and placement that need the least SRAM';
    this.busy.hidden = !fitRunning;
    setText(this.progress, fitRunning ? (progress?.text ?? 'Searching …') : '');
    this.undo.disabled = state.undo === null || fitRunning;
    this.undo.title = state.undo === null ? 'Nothing to undo' : `Undo ${state.undo}`;
    this.undo.setAttribute('aria-label', this.undo.title);
    this.redo.disabled = state.redo === null || fitRunning;
    this.redo.title = state.redo === null ? 'Nothing to redo' : `Redo ${state.redo}`;
    this.redo.setAttribute('aria-label', this.redo.title);
    this.board.disabled = fitRunning;
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
    void this.store.port.edit({ type: 'set_device', device: this.board.value });
  }

  private setBudget(): void {
    const bytes = (input: HTMLInputElement): number | null => (input.value === '' ? null : Math.round(Number(input.value) * KIB));
    this.fit.focus();
    void this.store.port.edit({ type: 'set_budget', sram_bytes: bytes(this.sram), flash_bytes: bytes(this.flash) });
  }

  private edit(type: 'undo' | 'redo'): void {
    void this.store.port.edit({ type });
  }

  private toggleFit(): void {
    const { port } = this.store;
    if (port.fitRunning) {
      port.cancelFit();
    } else {
      void port.edit({ type: 'fit' });
    }
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
