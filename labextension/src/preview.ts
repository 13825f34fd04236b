// What an edit would lead to, asked while a control is held. At most one question is on its way; of those that
// come meanwhile only the last is asked.

import type { Port } from './port.js';
import type { Edit, Figures, Previewed } from './protocol.js';

export class Preview {
  /** The answer for the edit that is held now. */
  shown: Previewed | null = null;
  private wanted: Edit | null = null;
  private asking = false;
  private asked = '';

  constructor(private readonly port: Port, private readonly tell: () => void) {}

  /** Asks what `edit` would do; null: nothing is held any more. */
  of(edit: Edit | null): void {
    const key = edit === null ? '' : JSON.stringify(edit);
    if (key === this.asked) {
      return;
    }
    this.asked = key;
    this.wanted = edit;
    if (edit === null) {
      this.show(null);
    } else {
      void this.ask();
    }
  }

  private async ask(): Promise<void> {
    if (this.asking) {
      return;
    }
    this.asking = true;
    while (this.wanted !== null) {
      const edit = this.wanted;
      const answer = await this.port.ask({ type: 'preview', rev: this.port.state?.rev ?? 0, edit }).catch(() => null);
      if (this.wanted === edit) {
        this.wanted = null;
        if (answer?.type === 'previewed') {
          this.show(answer);
        }
      }
    }
    this.asking = false;
  }

  private show(answer: Previewed | null): void {
    if (this.shown !== answer) {
      this.shown = answer;
      this.tell();
    }
  }
}

/** The figures an edit changes, in the order of importance: name, before, after. */
export function differences(answer: Previewed): { name: keyof Figures; before: number; after: number }[] {
  const { before, after } = answer;
  const names = ['arena_bytes', 'macs', 'flash_bytes', 'latency_us'] as const;
  return after === null ? [] : names.flatMap(name =>
    before[name] === after[name] ? [] : [{ name, before: before[name], after: after[name] }]
  );
}
