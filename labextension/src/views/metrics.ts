// At a glance: peak and flash against the board, MACs, whether it fits, what is verified and proven.

import { h, setAttr, setText } from '../dom.js';
import { exactBytes, quantity, size } from '../format.js';
import type { Projection, Verdict } from '../protocol.js';
import type { Store } from '../store.js';

export class MetricsView {
  readonly element: HTMLElement;
  private readonly peak = new Gauge('SRAM');
  private readonly flash = new Gauge('Flash');
  private readonly macs = h('span', { class: 'mcu-value' });
  private readonly inputs = h('span', { class: 'mcu-name mcu-inputs' });
  private readonly fits = h('span', { class: 'mcu-chip mcu-fits' });
  private readonly verified = h('span', { class: 'mcu-chip mcu-verified' });
  private readonly proven = h('span', { class: 'mcu-chip mcu-proven' });

  constructor(private readonly store: Store) {
    const macs = h('div', { class: 'mcu-metric' }, h('span', { class: 'mcu-name' }, 'MACs'), this.macs);
    const inputs = h('div', { class: 'mcu-metric' }, this.inputs);
    const chips = h('div', { class: 'mcu-chips' }, this.fits, this.verified, this.proven);
    this.inputs.title = 'Resident: the whole input lies in SRAM before the first step. Streamed: it arrives by rows.';
    this.element = h('div', { class: 'mcu-metrics' }, this.peak.element, this.flash.element, macs, inputs, chips);
    store.onChange(change => {
      if (change === 'session') {
        this.update();
      }
    });
  }

  private update(): void {
    const { state, verdict } = this.store.port;
    if (state === null) {
      return;
    }
    const now = state.picture;
    this.peak.show(now.arena_bytes, now.limit_bytes);
    setText(this.inputs, `input ${state.schedule.inputs}`);
    this.flash.show(now.flash_bytes, now.flash_limit_bytes);
    setText(this.macs, quantity(now.macs));
    this.macs.title = `${now.macs.toLocaleString('en-US')} multiply-accumulates`;
    showFit(this.fits, now);
    const [kind, words, title] = judged(verdict);
    setAttr(this.verified, 'data-kind', kind);
    setText(this.verified, words);
    this.verified.title = title;
    this.proven.hidden = state.proof === null;
    setText(this.proven, state.proof?.proven ? '✓ proven least' : 'best found');
    setAttr(this.proven, 'data-kind', state.proof?.proven ? 'good' : 'waiting');
    this.proven.title = state.proof?.text ?? '';
  }
}

function judged(verdict: Verdict | null): [kind: string, words: string, title: string] {
  if (verdict === null) {
    return ['waiting', 'checking …', 'The verifier walks every step over a shadow of the memory'];
  }
  if (verdict.right) {
    return ['good', '✓ verified', 'The verifier walked every step: each finds the bytes it expects'];
  }
  const count = verdict.problems.length;
  return ['bad', `✗ ${count} ${count === 1 ? 'problem' : 'problems'}`, 'The verifier found problems: see below'];
}

function showFit(chip: HTMLElement, now: Projection): void {
  const limited = now.limit_bytes !== null || now.flash_limit_bytes !== null;
  setText(chip, !now.fits ? '✗ does not fit' : limited ? '✓ fits' : 'no limit set');
  setAttr(chip, 'data-kind', !now.fits ? 'bad' : limited ? 'good' : 'waiting');
  chip.title = now.verdict;
}

/** A size, its limit, and a bar. */
class Gauge {
  readonly element: HTMLElement;
  private readonly value = h('span', { class: 'mcu-value' });
  private readonly limit = h('span', { class: 'mcu-limit' });
  private readonly fill = h('span', { class: 'mcu-bar-fill' });
  private readonly bar: HTMLElement;

  constructor(private readonly name: string) {
    this.bar = h('span', { class: 'mcu-bar', role: 'meter', 'aria-label': name, 'aria-valuemin': 0 }, this.fill);
    this.element = h('div', { class: 'mcu-metric mcu-gauge' }, h('span', { class: 'mcu-name' }, name), this.value, this.limit, this.bar);
  }

  show(used: number, limit: number | null): void {
    setText(this.value, exactBytes(used));
    setText(this.limit, limit === null ? 'no limit' : `of ${size(limit)}`);
    const over = limit !== null && used > limit;
    const share = limit === null ? 0 : Math.min(used / limit, 1);
    this.fill.style.width = `${100 * share}%`;
    this.bar.classList.toggle('mcu-over', over);
    this.bar.classList.toggle('mcu-unlimited', limit === null);
    setAttr(this.bar, 'aria-valuenow', limit === null ? used : Math.min(used, limit));
    setAttr(this.bar, 'aria-valuemax', limit ?? Math.max(used, 1));
    setAttr(this.bar, 'aria-valuetext', `${this.name}: ${exactBytes(used)}${limit === null ? '' : ` of ${exactBytes(limit)}`}`);
    this.element.title = limit === null ? '' : `${exactBytes(used)} of ${exactBytes(limit)}, ${((100 * used) / limit).toFixed(1)} %`;
  }
}
