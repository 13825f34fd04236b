// Another plan, seen through the eyes of a timeline: what is pointed at and selected is shared with the present one.

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
    const { opened } = this.store.port;
    this.own = null;
    this.picture = compared === null || opened === null ? null : picture(opened.model, compared.picture, compared.schedule);
    this.port = { state: compared === null ? null : { rev: compared.rev, timing: compared.timing } };
    this.listeners.forEach(listener => listener('session'));
  }

  onChange(listener: (change: Change) => void): void {
    this.listeners.push(listener);
    this.store.onChange(change => change !== 'session' && listener(change));
  }

  point(focus: Focus | null): void {
    this.store.point(focus);
  }

  select(focus: Focus | null): void {
    const { picture: now } = this.store;
    this.own = focus;
    this.selecting = true;
    this.store.select(now !== null && focus !== null && has(now, focus) ? focus : null);
    this.selecting = false;
  }

  /** The other plan is only looked at. */
  edit(): void {
    this.preview.of(null);
  }

  private known(focus: Focus | null): Focus | null {
    return focus !== null && this.picture !== null && has(this.picture, focus) ? focus : null;
  }
}
