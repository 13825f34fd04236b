// Another plan, seen through the eyes of a timeline: what is pointed at and selected is shared with the present one.

import { carried } from './carry.js';
import type { Focus, Picture } from './picture.js';
import { has, picture } from './picture.js';
import type { Compared, State } from './protocol.js';
import type { Change, Store } from './store.js';

/** What a timeline needs of a store. */
export type TimelineSource =
  Pick<Store, 'hover' | 'selected' | 'picture' | 'choices' | 'ghost' | 'beside' | 'preview' | 'onChange' | 'point' | 'select' | 'edit'>
  & { port: { state: Pick<State, 'rev' | 'timing'> | null } };

export class Mirror implements TimelineSource {
  picture: Picture | null = null;
  port: TimelineSource['port'] = { state: null };
  readonly choices = null;
  readonly ghost = null;
  readonly beside = false;
  readonly preview: Store['preview'];
  /** Selected here; only this plan has it. */
  private own: Focus | null = null;
  private listeners: ((change: Change) => void)[] = [];
  private selecting = false;

  constructor(private readonly store: Store) {
    this.preview = store.preview;
    store.onChange(change => {
      if (change === 'selection' && !this.selecting) {
        this.own = null;
      }
    });
  }

  get hover(): Focus | null {
    return this.known(this.store.hover);
  }

  get selected(): Focus | null {
    return this.store.selected === null ? this.own : this.known(this.store.selected);
  }

  show(compared: Compared | null): void {
    const model = compared?.model ?? this.store.port.state?.model;
    this.own = null;
    this.picture = compared === null || model === undefined ? null : picture(model, compared.picture, compared.schedule);
    this.port = { state: compared === null ? null : { rev: compared.rev, timing: compared.timing } };
    this.listeners.forEach(listener => listener('session'));
  }

  onChange(listener: (change: Change) => void): void {
    this.listeners.push(listener);
    this.store.onChange(change => change !== 'session' && listener(change));
  }

  point(focus: Focus | null): void {
    this.store.point(this.here(focus));
  }

  select(focus: Focus | null): void {
    this.own = focus;
    this.selecting = true;
    this.store.select(this.here(focus));
    this.selecting = false;
  }

  /** The other plan is only looked at. */
  edit(): void {
    this.preview.of(null);
  }

  /** What the present plan has as well, in the other plan. */
  private known(focus: Focus | null): Focus | null {
    return inBoth(focus, this.store.picture, this.picture);
  }

  /** What the other plan has as well, in the present one. */
  private here(focus: Focus | null): Focus | null {
    return inBoth(focus, this.picture, this.store.picture);
  }
}

function inBoth(focus: Focus | null, from: Picture | null, to: Picture | null): Focus | null {
  const found = from === null || to === null ? null : carried(focus, from, to);
  return found !== null && to !== null && has(to, found) ? found : null;
}
