// One end of the session protocol: requests with ids, answers, and what the kernel tells on its own.
// Knows nothing of Jupyter; an adapter carries the messages.

import { changed } from './change.js';
import type {
  Change, Compared, DocumentChanged, Done, Edit, Event, Exported, Failed, Front, History, Inspected, Lanes, Opened,
  Others, Previewed, Progress, Request, Sessions, State, StepRows, Text, Verdict
} from './protocol.js';
import { PROTOCOL, VERSION } from './protocol.js';

type Without<R, K extends string> = R extends unknown ? Omit<R, K> : never;

/** What answers each type of request. */
type Answers = {
  open: Opened; attach: Opened; sessions: Sessions; do: State | Change; preview: Previewed | Done;
  undo: State | Change; redo: State | Change; jump: State | Change; history: History; rename: History; resync: State;
  steps: StepRows; lanes: Lanes | Done; inspect: Inspected | Done; fit: State | Change; front: Front; choose: State | Change; cancel: Done;
  save: DocumentChanged; revert: State | Change; discard: State | Change; document_text: Text; others: Others;
  compare: Compared; script: Text; cell: Text; file: Text; node_data: Text; export: Exported; look: Done; moved: Done;
  reload: State | Change; bring_back: State | Change; drop: Done;
};
type Answer = Answers[keyof Answers];

/** A request without what the port fills in. */
export type Ask = Without<Request, 'id'>;
/** A request that moves the session on, without the revision it is for. */
export type Step = Without<
  Extract<Request, { type: 'undo' | 'redo' | 'jump' | 'choose' | 'revert' | 'discard' | 'reload' | 'bring_back' }>, 'id' | 'rev'
>;
/** A search, without the revision it is for. */
export type Search = Without<Extract<Request, { type: 'fit' | 'front' }>, 'id' | 'rev'>;

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

type Pending = { resolve: (answer: Answer) => void; reject: (why: Refused) => void };

export class Port {
  link: Link = { phase: 'waiting', text: 'Waiting for a kernel' };
  opened: Opened | null = null;
  state: State | null = null;
  /** The verifier's verdict on `state`; null until it is in. */
  verdict: Verdict | null = null;
  /** Of the search that runs now. */
  progress: Progress | null = null;
  /** The trade-offs found last. */
  front: Front | null = null;
  /** Why the last request was refused; null after the next one that was not. */
  refusal: Failure | null = null;
  /** What came back when the session was opened, in words. */
  news: string | null = null;
  /** Whether the kernel has been asked to look after the files and has not answered. */
  looking = false;

  private nextId = 1;
  private lastStep: Promise<void> = Promise.resolve();
  private searching: { id: number; type: Search['type'] } | null = null;
  private pending = new Map<number, Pending>();
  private listeners = new Set<() => void>();
  private post: ((message: Request) => void) | null = null;

  /** Calls `listener` after every change. Returns how to stop. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Which search runs. */
  get search(): Search['type'] | null {
    return this.searching?.type ?? null;
  }

  /** The adapter says what it is busy with. */
  waitFor(text: string): void {
    this.link = { phase: 'waiting', text };
    this.tell();
  }

  /** The adapter has a line to the kernel; `first` opens or attaches. */
  connect(post: (message: Request) => void, first: Extract<Ask, { type: 'open' | 'attach' }>): Promise<void> {
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
  ask<K extends Ask['type']>(request: Extract<Ask, { type: K }>): Promise<Answers[K]> {
    const post = this.post;
    if (post === null) {
      return Promise.reject(new Refused({ kind: 'closed', what: 'There is no kernel to ask.', where: '', hint: '' }));
    }
    const id = this.nextId++;
    const answer = new Promise<Answer>((resolve, reject) => this.pending.set(id, { resolve, reject }));
    if (request.type === 'fit' || request.type === 'front') {
      this.searching = { id, type: request.type };
      this.progress = null;
    }
    post({ ...request, id } as unknown as Request);
    return answer as Promise<Answers[K]>;
  }

  /** Has the kernel look after the session's files; what it finds comes with the document. */
  look(): void {
    const looked = (): void => {
      this.looking = false;
    };
    this.looking = true;
    this.ask({ type: 'look' }).then(looked, looked);
  }

  /** Makes an edit of the state on screen. */
  edit(edit: Edit): Promise<void> {
    return this.queue(rev => this.ask({ type: 'do', rev, edit }));
  }

  /** Goes back or forth. */
  step(request: Step): Promise<void> {
    return this.queue(rev => this.ask({ ...request, rev } as Extract<Ask, { type: Step['type'] }>));
  }

  /** Resolves when all edits so far have been answered. */
  settled(): Promise<void> {
    return this.lastStep;
  }

  /** Starts a search. Its answer may take minutes, so nothing waits for it. */
  start(search: Search): Promise<void> {
    const asked = this.ask({ ...search, rev: this.state?.rev ?? 0 } as Extract<Ask, { type: Search['type'] }>);
    this.tell();
    return asked.then(() => undefined, why => this.refuse(why));
  }

  /** Asks the running search to stop; its own answer then brings the best it has found. */
  cancelSearch(): void {
    this.ask({ type: 'cancel' }).catch(() => undefined);
  }

  /** Shows why something was refused. */
  refuse(why: unknown): void {
    if (!(why instanceof Refused)) {
      throw why;
    }
    this.refusal = why.failure;
    this.tell();
  }

  /** The person has read it. */
  dismiss(): void {
    this.refusal = null;
    this.news = null;
    this.tell();
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
        this.news = event.recovered;
        this.show(event.state);
        break;
      case 'state':
        this.show(event);
        break;
      case 'change':
        this.follow(event);
        break;
      case 'document':
        if (this.state !== null) {
          this.state = { ...this.state, document: event.document };
        }
        break;
      case 'verdict':
        if (event.rev === this.state?.rev) {
          this.verdict = event;
        }
        break;
      case 'progress':
        if (event.id === this.searching?.id) {
          this.progress = event;
        }
        break;
      case 'front':
        this.front = event;
        break;
    }
    if ('id' in event && event.id !== null && event.type !== 'progress') {
      this.settle(event.id, event);
    }
    this.tell();
  }

  /** One step after the answer to the one before, so that three quick clicks on Undo undo three edits. */
  private queue(send: (rev: number) => Promise<unknown>): Promise<void> {
    this.lastStep = this.lastStep.then(() => send(this.state?.rev ?? 0).then(() => undefined, why => this.refuse(why)));
    return this.lastStep;
  }

  private follow(change: Change): void {
    const now = changed(this.state, change);
    if (now === null) {
      this.ask({ type: 'resync' }).catch(() => undefined);
    } else {
      this.show(now);
    }
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
    if (id === this.searching?.id) {
      this.searching = null;
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
    this.searching = null;
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
