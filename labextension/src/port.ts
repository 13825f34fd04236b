// One end of the session protocol: requests with ids, answers, and what the kernel tells on its own.
// Knows nothing of Jupyter; an adapter carries the messages.

import type { Event, Failed, Opened, Progress, Request, State, Verdict } from './protocol.js';
import { PROTOCOL, VERSION } from './protocol.js';

type Without<R, K extends string> = R extends unknown ? Omit<R, K> : never;

/** A request without what the port fills in. */
export type Ask = Without<Request, 'id'>;
/** A request to change something, without the revision it is for. */
export type Edit = Without<Extract<Request, { rev: number }>, 'id' | 'rev'>;

/** What is known of the connection. `waiting.text` says what for. */
export type Link =
  | { phase: 'waiting'; text: string }
  | { phase: 'ready' }
  | { phase: 'broken'; failure: Failure };

/** Something that went wrong, in words for a person. */
export type Failure = Pick<Failed, 'kind' | 'what' | 'where' | 'hint'>;

/** A request that was refused; `failure` says why. */
export class Refused extends Error {
  constructor(readonly failure: Failure) {
    super(failure.what);
  }
}

type Answer = Opened | State | { type: 'done'; id: number };
type Pending = { resolve: (answer: Answer) => void; reject: (why: Refused) => void };

export class Port {
  link: Link = { phase: 'waiting', text: 'Waiting for a kernel' };
  opened: Opened | null = null;
  state: State | null = null;
  /** The verifier's verdict on `state`; null until it is in. */
  verdict: Verdict | null = null;
  /** Of the search that runs now. */
  progress: Progress | null = null;
  /** Why the last request was refused; null after the next one that was not. */
  refusal: Failure | null = null;

  private nextId = 1;
  private lastEdit: Promise<void> = Promise.resolve();
  private fitting: number | null = null;
  private pending = new Map<number, Pending>();
  private listeners = new Set<() => void>();
  private post: ((message: Request) => void) | null = null;

  /** Calls `listener` after every change. Returns how to stop. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  get fitRunning(): boolean {
    return this.fitting !== null;
  }

  /** The adapter says what it is busy with. */
  waitFor(text: string): void {
    this.link = { phase: 'waiting', text };
    this.tell();
  }

  /** The adapter has a line to the kernel; `first` opens or attaches. */
  connect(post: (message: Request) => void, first: Ask): Promise<void> {
    this.drop('The connection was replaced.');
    this.post = post;
    return this.ask(first).then(
      () => undefined,
      (why: Refused) => {
        if (this.post === post) {
          this.fail(why.failure);
        }
      }
    );
  }

  /** The line is gone for good; `failure` says why. */
  fail(failure: Failure): void {
    this.drop(failure.what);
    this.link = { phase: 'broken', failure };
    this.tell();
  }

  /** Sends a request; resolves with its answer, rejects with `Refused`. */
  ask(request: Ask): Promise<Answer> {
    const post = this.post;
    if (post === null) {
      return Promise.reject(new Refused({ kind: 'closed', what: 'There is no kernel to ask.', where: '', hint: '' }));
    }
    const id = this.nextId++;
    if (request.type === 'fit') {
      this.fitting = id;
      this.progress = null;
    }
    const answer = new Promise<Answer>((resolve, reject) => this.pending.set(id, { resolve, reject }));
    post({ ...request, id } as Request);
    if (request.type === 'fit') {
      this.tell();
    }
    return answer;
  }

  /**
   * Sends an edit for the state on screen, after the answer to the one before, so that three quick clicks on Undo
   * undo three edits. A refusal is shown, not thrown.
   */
  edit(request: Edit): Promise<void> {
    this.lastEdit = this.lastEdit.then(async () => {
      try {
        await this.ask({ ...request, rev: this.state?.rev ?? 0 });
      } catch (why) {
        if (!(why instanceof Refused)) {
          throw why;
        }
        this.refusal = why.failure;
        this.tell();
      }
    });
    return this.lastEdit;
  }

  /** Asks the running search to stop; its own answer then brings the best it has found. */
  cancelFit(): void {
    this.ask({ type: 'cancel' }).catch(() => undefined);
  }

  /** The adapter hands over a message from the kernel. */
  receive(event: Event): void {
    switch (event.type) {
      case 'opened':
        if (event.protocol !== PROTOCOL) {
          this.fail(skew(event.version, event.protocol));
          return;
        }
        this.opened = event;
        this.link = { phase: 'ready' };
        this.show(event.state);
        break;
      case 'state':
        this.show(event);
        break;
      case 'verdict':
        if (event.rev === this.state?.rev) {
          this.verdict = event;
        }
        break;
      case 'progress':
        if (event.id === this.fitting) {
          this.progress = event;
        }
        break;
    }
    if ('id' in event && event.id !== null && event.type !== 'progress') {
      this.settle(event.id, event);
    }
    this.tell();
  }

  private show(state: State): void {
    if (this.state?.rev !== state.rev) {
      this.verdict = null;
    }
    this.state = state;
    this.refusal = null;
  }

  private settle(id: number, event: Answer | Failed): void {
    const waiting = this.pending.get(id);
    this.pending.delete(id);
    if (id === this.fitting) {
      this.fitting = null;
      this.progress = null;
    }
    if (event.type === 'failed') {
      waiting?.reject(new Refused(event));
    } else {
      waiting?.resolve(event);
    }
  }

  private drop(why: string): void {
    this.post = null;
    this.fitting = null;
    this.progress = null;
    const lost = [...this.pending.values()];
    this.pending.clear();
    lost.forEach(p => p.reject(new Refused({ kind: 'closed', what: why, where: '', hint: '' })));
  }

  private tell(): void {
    [...this.listeners].forEach(listener => listener());
  }
}

/** What to say when Python and page are of different making. */
export function skew(version: string, protocol: number): Failure {
  const older = protocol < PROTOCOL ? 'Python package' : 'page';
  return {
    kind: 'version',
    what:
      `The Python package mcu_lab ${version} and this page's mcu-lab ${VERSION} do not understand each other ` +
      `(protocol ${protocol} and ${PROTOCOL}).`,
    where: 'versions',
    hint:
      older === 'page'
        ? 'Reload the page; if that does not help, update mcu-lab where JupyterLab runs.'
        : 'Update mcu-lab where the kernel runs, then restart the kernel.'
  };
}
