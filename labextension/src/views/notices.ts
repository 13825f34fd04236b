// What was refused, what is new, and what to know of the session's files: over the picture, so that nothing moves.

import { button, h } from '../dom.js';
import type { Notice, Offer } from '../protocol.js';
import type { Store } from '../store.js';
import { sentence } from '../words.js';
import type { SavingView } from './saving.js';

/** One message: `key` tells whether it is the same as before. */
type Message = { key: string; said: string; bad: boolean; offers: readonly Offer[]; close: () => void };

const BAD = new Set<Notice['kind']>(['unkept', 'changed', 'gone']);

export class NoticesView {
  readonly element = h('div', { class: 'mcu-toasts', role: 'alert', hidden: true });
  /** What the person has read; it is shown again when it has gone and come back, or when saving asks. */
  private read = new Set<string>();
  private shown = '';

  constructor(private readonly store: Store, private readonly saving: SavingView) {
    saving.onAsk = () => this.again();
    store.onChange(change => {
      if (change === 'session') {
        this.update();
      }
    });
  }

  /** Shows everything that holds, read or not. */
  again(): void {
    this.read.clear();
    this.update();
  }

  private update(): void {
    const messages = this.messages();
    const shown = JSON.stringify(messages.map(m => [m.key, m.said]));
    if (shown !== this.shown) {
      this.shown = shown;
      this.element.hidden = messages.length === 0;
      this.element.replaceChildren(...messages.map(m => this.draw(m)));
    }
  }

  private messages(): Message[] {
    const { refusal, news, state } = this.store.port;
    const holds = state?.document.notices ?? [];
    const keys = new Set(holds.map(keyOf));
    this.read = new Set([...this.read].filter(key => keys.has(key)));
    const close = (): void => this.store.port.dismiss();
    const said: Message[] = [];
    if (refusal !== null) {
      said.push({ key: 'refusal', said: sentence(words(refusal.where && `${refusal.where}:`, refusal.what, refusal.hint)), bad: true, offers: [], close });
    }
    if (news !== null) {
      said.push({ key: 'news', said: news, bad: false, offers: [], close });
    }
    for (const notice of holds) {
      const key = keyOf(notice);
      if (!this.read.has(key)) {
        const read = (): void => {
          this.read.add(key);
          this.update();
        };
        said.push({ key, said: words(notice.text, notice.hint), bad: BAD.has(notice.kind), offers: notice.offers, close: read });
      }
    }
    return said;
  }

  private draw({ key, said, bad, offers, close }: Message): HTMLElement {
    const closer = button('mcu-quiet', '×', 'Close', close);
    closer.setAttribute('aria-label', 'Close');
    return h(
      'div', { class: `mcu-toast${bad ? ' mcu-bad' : ''}` },
      h('div', { class: 'mcu-toast-said' },
        h('span', { class: key === 'refusal' ? 'mcu-refusal' : null }, said),
        offers.length === 0 ? null : h('div', { class: 'mcu-acts' }, ...offers.map(offer => this.offer(offer)))),
      closer
    );
  }

  private offer(offer: Offer): HTMLElement {
    const made = button(offer.kind === 'reload' || offer.kind === 'bring_back' ? 'mcu-primary' : '', offer.words, offer.title, () => {
      if (offer.kind !== 'drop' || made.dataset.sure !== undefined) {
        this.carryOut(offer);
      } else {
        made.dataset.sure = '';
        made.textContent = 'Discard for good?';
      }
    });
    return made;
  }

  private carryOut({ kind, journal }: Offer): void {
    const { port } = this.store;
    switch (kind) {
      case 'overwrite': void this.saving.overwriteOwn(); break;
      case 'copy': this.saving.copy(); break;
      case 'reload': void port.step({ type: 'reload' }); break;
      case 'bring_back': void port.step({ type: 'bring_back', journal: journal ?? '' }); break;
      case 'drop': port.ask({ type: 'drop', journal: journal ?? '' }).catch(why => port.refuse(why)); break;
    }
  }
}

function keyOf({ kind, text }: Notice): string {
  return `${kind} ${text}`;
}

function words(...parts: (string | false)[]): string {
  return parts.filter(Boolean).join(' ');
}
