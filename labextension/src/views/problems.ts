// What the verifier found; each entry leads to the culprit.

import { button, h } from '../dom.js';
import type { Focus } from '../picture.js';
import { rowFocus } from '../picture.js';
import type { ProblemInfo } from '../protocol.js';
import type { Store } from '../store.js';

const SHOWN_OF_A_KIND = 2;

export class ProblemsView {
  readonly element: HTMLElement;
  private readonly list = h('ul', { class: 'mcu-problems' });
  private readonly none = h('p', { class: 'mcu-hint' });
  private listed: readonly ProblemInfo[] | null = null;

  /** `count` is told how many there are. */
  constructor(private readonly store: Store, private readonly count: (problems: number) => void) {
    this.element = h('div', { class: 'mcu-page', tabindex: 0 }, this.none, this.list);
    store.onChange(change => {
      if (change === 'session') {
        this.update();
      }
    });
  }

  private update(): void {
    const { verdict } = this.store.port;
    const problems = verdict?.problems ?? [];
    this.none.hidden = problems.length > 0;
    this.none.textContent = verdict === null ? 'The verifier is walking the steps …' : 'None: every step finds the bytes it expects, and all of it fits.';
    if (problems !== this.listed) {
      this.listed = problems;
      this.count(problems.length);
      this.list.replaceChildren(...this.grouped(problems));
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
    const jump = button('mcu-link', where, 'Show the culprit', () => this.store.select(this.culprit(problem)));
    return h('li', {}, where === '' ? null : jump, ` ${problem.text} `, h('code', {}, problem.code));
  }

  private culprit({ step, buffer }: ProblemInfo): Focus | null {
    if (buffer !== null) {
      return { kind: 'buffer', id: buffer };
    }
    const row = this.store.picture?.rows.find(r => step !== null && r.first_step <= step && step < r.end_step);
    return row === undefined ? null : rowFocus(row);
  }
}
