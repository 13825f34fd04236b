// Below the picture: why the peak is what it is, what the verifier found, what was refused.

import { button, h } from '../dom.js';
import type { ProblemInfo } from '../protocol.js';
import type { Store } from '../store.js';

const SHOWN_OF_A_KIND = 2;

export class NotesView {
  readonly element: HTMLElement;
  private readonly why = h('p', { class: 'mcu-why' });
  private readonly verdict = h('p', { class: 'mcu-fit-words' });
  private readonly problems = h('ul', { class: 'mcu-problems' });
  private readonly jump: HTMLButtonElement;
  private readonly refusal = h('p', { class: 'mcu-refusal', role: 'alert' });
  private listed: readonly ProblemInfo[] = [];

  constructor(private readonly store: Store) {
    this.jump = button('mcu-link', 'Show', 'Select the step of the peak', () => this.showPeak());
    const heading = h('div', { class: 'mcu-heading' }, h('span', {}, 'Why this peak'), this.jump);
    this.element = h('section', { class: 'mcu-notes', tabindex: 0, 'aria-label': 'Explanation and problems' }, heading, this.why, this.verdict, this.refusal, this.problems);
    store.onChange(change => {
      if (change === 'session') {
        this.update();
      }
    });
  }

  private update(): void {
    const { state, verdict, refusal } = this.store.port;
    if (state === null) {
      return;
    }
    this.why.textContent = state.picture.peak?.text ?? 'The model has no operator: nothing is alive.';
    this.verdict.textContent = state.picture.verdict;
    this.verdict.classList.toggle('mcu-bad', !state.picture.fits);
    const said = refusal === null ? '' : [refusal.where && `${refusal.where}:`, refusal.what, refusal.hint].filter(Boolean).join(' ');
    if (this.refusal.textContent !== said) {
      this.refusal.textContent = said;
    }
    const problems = verdict?.problems ?? [];
    if (problems !== this.listed) {
      this.listed = problems;
      this.problems.replaceChildren(...this.grouped(problems));
    }
  }

  /** Of each kind of problem the first few; the rest of it behind a click. */
  private grouped(problems: readonly ProblemInfo[]): HTMLElement[] {
    const kinds = new Map<string, ProblemInfo[]>();
    problems.forEach(p => kinds.set(p.code, [...(kinds.get(p.code) ?? []), p]));
    return [...kinds.values()].flatMap(alike => {
      const first = alike.slice(0, SHOWN_OF_A_KIND).map(p => this.problem(p));
      const rest = alike.slice(SHOWN_OF_A_KIND);
      if (rest.length === 0) {
        return first;
      }
      const more = h('ul', {}, ...rest.map(p => this.problem(p)));
      const summary = h('summary', {}, `${rest.length} more of the kind ${alike[0].code}`);
      return [...first, h('li', {}, h('details', {}, summary, more))];
    });
  }

  private problem(problem: ProblemInfo): HTMLElement {
    const { step, buffer } = problem;
    const where = step !== null ? `step ${step}` : (buffer ?? '');
    const jump = button('mcu-link', where, 'Show the culprit', () =>
      this.store.select(step !== null ? { kind: 'step', step } : buffer !== null ? { kind: 'buffer', buffer } : null)
    );
    return h('li', {}, where === '' ? null : jump, ` ${problem.text} `, h('code', {}, problem.code));
  }

  private showPeak(): void {
    const peak = this.store.picture?.projection.peak;
    if (peak) {
      this.store.select({ kind: 'step', step: peak.step });
    }
  }
}
