// At a glance: peak and flash against the board, work and latency, whether it fits, what is verified and proven.
// While an edit is held, what it would make of each figure stands in the place of the limit.

import { h, setAttr, setText } from '../dom.js';
import { exactBytes, quantity, size } from '../format.js';
import type { Head, Verdict } from '../protocol.js';
import type { Store } from '../store.js';
import { milliseconds } from '../words.js';

export class MetricsView {
  readonly element: HTMLElement;
  private readonly peak = new Gauge('SRAM');
  private readonly flash = new Gauge('Constants', 'What constants take of the flash; an export adds its table of steps, the kernels’ parameters, and code');
  private readonly macs = new Figure('MACs');
  private readonly latency = new Figure('Latency');
  private readonly fits = h('span', { class: 'mcu-chip mcu-fits' });
  private readonly verified = h('span', { class: 'mcu-chip mcu-verified' });
  private readonly proven = h('span', { class: 'mcu-chip mcu-proven' });

  constructor(private readonly store: Store) {
    const chips = h('div', { class: 'mcu-chips' }, this.fits, this.verified, this.proven);
    this.element = h('div', { class: 'mcu-metrics' }, this.peak.element, this.flash.element, this.macs.element, this.latency.element, chips);
    store.onChange(change => {
      if (change === 'session' || change === 'preview') {
        this.update();
      }
    });
  }

  private update(): void {
    const { state, verdict } = this.store.port;
    if (state === null) {
      return;
    }
    const { head } = state.picture;
    const after = this.store.preview.shown?.after ?? null;
    this.peak.show(head.arena_bytes, head.limit_bytes, after?.arena_bytes ?? null);
    this.flash.show(head.flash_bytes, head.flash_limit_bytes, after?.flash_bytes ?? null);
    const whole = state.model.operators.reduce((sum, op) => sum + op.macs, 0);
    const factor = (macs: number): string => `${(macs / Math.max(whole, 1)).toFixed(2)}×`;
    this.macs.show(quantity(head.macs), factor(head.macs), after === null || after.macs === head.macs ? null : factor(after.macs), after !== null && after.macs > head.macs);
    this.macs.element.title = `${head.macs.toLocaleString('en-US')} multiply-accumulates, ${factor(head.macs)} those of the model run whole`;
    const { latency_us, stall_us } = state.figures;
    const later = after === null || after.latency_us === latency_us ? null : milliseconds(after.latency_us);
    this.latency.show(milliseconds(latency_us), stall_us > 0 ? `stalls ${milliseconds(stall_us)}` : 'estimate', later, after !== null && after.latency_us > latency_us);
    this.latency.element.title = 'An estimate from the board’s figures; everything else here is exact';
    showFit(this.fits, head, after?.fits ?? null);
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

function showFit(chip: HTMLElement, head: Head, after: boolean | null): void {
  const limited = head.limit_bytes !== null || head.flash_limit_bytes !== null;
  const words = (fits: boolean): string => (!fits ? '✗ does not fit' : limited ? '✓ fits' : 'no limit set');
  setText(chip, after !== null && after !== head.fits ? `${words(head.fits)} → ${words(after)}` : words(head.fits));
  setAttr(chip, 'data-kind', !head.fits ? 'bad' : limited ? 'good' : 'waiting');
  chip.title = head.verdict;
}

/** What would come: an arrow that says better or worse without colour, too. */
function showNext(place: HTMLElement, text: string, worse: boolean): void {
  setText(place, `→ ${text} ${worse ? '▲' : '▼'}`);
  setAttr(place, 'data-kind', worse ? 'worse' : 'better');
}

/** A size, its limit, and a bar. */
class Gauge {
  readonly element: HTMLElement;
  private readonly value = h('span', { class: 'mcu-value' });
  private readonly limit = h('span', { class: 'mcu-limit' });
  private readonly fill = h('span', { class: 'mcu-bar-fill' });
  private readonly next = h('span', { class: 'mcu-bar-next', hidden: true });
  private readonly bar: HTMLElement;

  /** `note` says what the figure leaves out. */
  constructor(private readonly name: string, private readonly note = '') {
    this.bar = h('span', { class: 'mcu-bar', role: 'meter', 'aria-label': name, 'aria-valuemin': 0 }, this.fill, this.next);
    this.element = h('div', { class: 'mcu-metric mcu-gauge' }, h('span', { class: 'mcu-name' }, name), this.value, this.limit, this.bar);
  }

  show(used: number, limit: number | null, after: number | null): void {
    setText(this.value, exactBytes(used));
    const differs = after !== null && after !== used;
    if (differs) {
      showNext(this.limit, exactBytes(after), after > used);
    } else {
      setText(this.limit, limit === null ? 'no limit' : `of ${size(limit)}`);
      setAttr(this.limit, 'data-kind', null);
    }
    const over = limit !== null && used > limit;
    const share = (bytes: number): number => (limit === null ? 0 : Math.min(bytes / limit, 1));
    this.fill.style.width = `${100 * share(used)}%`;
    this.next.hidden = !differs || limit === null;
    this.next.style.left = `calc(${100 * share(after ?? 0)}% - 3px)`;
    this.bar.classList.toggle('mcu-over', over);
    this.bar.classList.toggle('mcu-unlimited', limit === null);
    setAttr(this.bar, 'aria-valuenow', limit === null ? used : Math.min(used, limit));
    setAttr(this.bar, 'aria-valuemax', limit ?? Math.max(used, 1));
    setAttr(this.bar, 'aria-valuetext', `${this.name}: ${exactBytes(used)}${limit === null ? '' : ` of ${exactBytes(limit)}`}`);
    const words = limit === null ? '' : `${exactBytes(used)} of ${exactBytes(limit)}, ${((100 * used) / limit).toFixed(1)} %`;
    this.element.title = [words, this.note].filter(Boolean).join('\n');
  }
}

/** A figure and a note on it. */
class Figure {
  readonly element: HTMLElement;
  private readonly value = h('span', { class: 'mcu-value' });
  private readonly note = h('span', { class: 'mcu-limit' });

  constructor(name: string) {
    this.element = h('div', { class: 'mcu-metric mcu-figure' }, h('span', { class: 'mcu-name' }, name), this.value, this.note);
  }

  show(value: string, note: string, after: string | null, worse: boolean): void {
    setText(this.value, value);
    if (after === null) {
      setText(this.note, note);
      setAttr(this.note, 'data-kind', null);
    } else {
      showNext(this.note, after, worse);
    }
  }
}
