// The line from one document to its session: a private kernel, or one that a notebook shares with it.

import type { Contents, Kernel, KernelMessage, ServiceManager } from '@jupyterlab/services';
import { CommsOverSubshells } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';

import { heartbeat } from './heartbeat.js';
import type { Notebook, NotebookLink, Notebooks } from './notebooks.js';
import type { Failure, Port } from './port.js';
import { KernelProcess } from './process.js';
import type { Event, State } from './protocol.js';
import { PROTOCOL, VERSION } from './protocol.js';
import type { Seat } from './seat.js';
import { bequeath, ownSeat, seatAt } from './seat.js';

const TARGET = 'mcu_lab.session';
/** Between two calls to a kernel that restarts. */
const CALL_MS = 1000;
/** A kernel that is called in vain so often may listen elsewhere by now: the server knows where. */
const MOST_CALLS = 30;
/** What a kernel is asked while its sockets still reconnect can get lost; registering twice does no harm. */
const PATIENCE_MS = 10_000;
const REGISTER = 'from mcu_lab.widgets.comm import register; register()';

export class KernelLine {
  private seat: Seat | null = null;
  private comm: Kernel.IComm | null = null;
  private readonly process = new KernelProcess(() => this.onOther());
  /** The session that was opened last, and the kernel it is in. */
  private known: { kernel: string; session: string } | null = null;
  /** The session to begin with, when the notebook has several on the document. */
  private wanted: string | null;
  private shared: string | null;
  private attempt = 0;
  private readonly stopListening: () => void;
  private readonly stopBeating: () => void;

  /**
   * `path` is the document's path on the server; `board` the board to begin with; `saved` the plan that the model at
   * `path` was saved as, as the kernel names it; `link` says which notebook the kernel is shared with, if any.
   * `onShare` is called when there is one, or when it has another name.
   */
  constructor(
    private readonly services: ServiceManager.IManager,
    private path: string,
    private readonly port: Port,
    private readonly board: string | null,
    private readonly saved: string | null,
    private readonly notebooks: Notebooks | null,
    link: NotebookLink | null,
    private readonly onShare: (notebook: string) => void
  ) {
    this.shared = link?.notebook ?? null;
    this.wanted = link?.session ?? null;
    this.stopBeating = heartbeat(port, () => this.process.call());
    services.contents.fileChanged.connect(this.onFileChanged, this);
    this.stopListening = notebooks?.onOpened(opened => opened.path === this.shared && this.sitAt(opened)) ?? (() => undefined);
  }

  /** Starts over from wherever things stand. Failures are told to the port. */
  async start(): Promise<void> {
    const attempt = ++this.attempt;
    try {
      this.port.waitFor(this.shared === null ? 'Starting a kernel' : `Waiting for the kernel of ${basename(this.shared)}`);
      const seat = this.seat ?? (await this.findSeat());
      if (attempt !== this.attempt) {
        return;
      }
      this.sit(seat);
      const choose = await seat.ready();
      if (attempt !== this.attempt) {
        return;
      }
      const kernel = seat.context.session?.kernel;
      if (choose || !kernel) {
        throw noKernel('No Python kernel could be started for this panel.');
      }
      await this.open(kernel, attempt);
    } catch (why) {
      if (attempt === this.attempt) {
        this.port.fail(isFailure(why) ? why : noKernel(String(why)));
      }
    }
  }

  /** After a failure: a new kernel in place of the old one. */
  async retry(): Promise<void> {
    this.port.waitFor('Restarting the kernel');
    try {
      const context = this.seat?.context;
      await (context?.session?.kernel ? context.restartKernel() : context?.startKernel());
    } catch (why) {
      this.port.fail(noKernel(String(why)));
      return;
    }
    await this.start();
  }

  /**
   * Hands the kernel over to a notebook that takes hold of the session in its first cell, and goes on through the
   * notebook's connection. With a notebook already: shows it.
   */
  async share(): Promise<void> {
    const kernel = this.seat?.context.session?.kernel;
    if (this.notebooks === null || this.seat === null || !kernel) {
      return;
    }
    if (this.shared === null) {
      const { text } = await this.port.ask({ type: 'cell' });
      const made = await this.notebooks.make(this.path, text, kernel);
      await bequeath(this.seat, made);
      this.port.waitFor(`Opening ${basename(made)}`);
      this.attempt++;
      this.leave();
      this.nowShared(made);
      await this.notebooks.show(made);
      await this.notebooks.run();
    } else {
      await this.notebooks.show(this.shared);
    }
  }

  /** A kernel of its own ends with the line; one that a notebook shares stays. */
  dispose(): void {
    this.attempt++;
    this.stopListening();
    this.stopBeating();
    this.services.contents.fileChanged.disconnect(this.onFileChanged, this);
    this.leave();
  }

  private nowShared(notebook: string): void {
    this.shared = notebook;
    this.onShare(notebook);
  }

  private async findSeat(): Promise<Seat> {
    if (this.shared === null || this.notebooks === null) {
      return ownSeat(this.services, this.path, 'mcu-lab');
    }
    await this.notebooks.restored;
    const notebook = this.notebooks.find(this.shared);
    return notebook === null ? ownSeat(this.services, this.shared, 'notebook') : seatAt(notebook);
  }

  /** The notebook is there and will connect: it has to be the first to do so. */
  private sitAt(notebook: Notebook): void {
    this.attempt++;
    this.leave();
    this.sit(seatAt(notebook));
    void this.start();
  }

  private sit(seat: Seat): void {
    if (this.seat === seat) {
      return;
    }
    this.seat = seat;
    const { context, notebook } = seat;
    context.statusChanged.connect(this.onStatus, this);
    this.process.listenTo(context);
    context.kernelChanged.connect(this.onGone, this);
    context.sessionChanged.connect(this.onGone, this);
    notebook?.pathChanged.connect(this.onNotebookMoved, this);
    notebook?.disposed.connect(this.onNotebookClosed, this);
  }

  private unseat(): void {
    const { context, notebook } = this.seat ?? {};
    context?.statusChanged.disconnect(this.onStatus, this);
    context?.kernelChanged.disconnect(this.onGone, this);
    context?.sessionChanged.disconnect(this.onGone, this);
    notebook?.disposed.disconnect(this.onNotebookClosed, this);
    notebook?.pathChanged.disconnect(this.onNotebookMoved, this);
  }

  private leave(): void {
    this.close();
    this.process.stop();
    this.unseat();
    this.seat?.leave();
    this.seat = null;
  }

  private async open(kernel: Kernel.IKernelConnection, attempt: number): Promise<void> {
    this.port.waitFor('Reading the model');
    if (!kernel.handleComms) {
      throw crowded();
    }
    const before = this.port.state;
    const known = this.known?.kernel === kernel.id ? this.known.session : null;
    const session = known ?? this.wanted;
    if (known === null) {
      const asked = kernel.requestExecute({ code: REGISTER, silent: true, store_history: false }).done;
      const reply = await Promise.race([asked, later(PATIENCE_MS)]);
      if (attempt !== this.attempt) {
        return;
      }
      if (reply === undefined) {
        reconnect(kernel);
        return this.start();
      }
      if (reply.content.status !== 'ok') {
        throw notThere(reply.content as KernelMessage.IReplyErrorContent, kernel.name);
      }
    }
    const document = documentOf(before) ?? this.saved;
    await this.connect(kernel, session, document ?? basename(this.path), attempt);
    if (session === null && document !== null && this.port.link.phase === 'broken' && attempt === this.attempt) {
      // The plan that a model was saved as may be gone; the model is what the panel is of.
      await this.connect(kernel, null, basename(this.path), attempt);
    }
    if (attempt !== this.attempt) {
      return;
    }
    if (session !== null && this.port.link.phase === 'broken') {
      this.known = this.wanted = null;
      return this.open(kernel, attempt);
    }
    this.wanted = null;
    this.known = this.port.opened === null ? null : { kernel: kernel.id, session: this.port.opened.session };
    if (before !== null && session === null) {
      await this.restore(before);
    }
  }

  /**
   * To the session of that id, or to the file at `path`. What is asked of a kernel that crashes again gets lost without
   * a word, and so does what JupyterLab sends to a subshell of the one before: asking again does no harm.
   */
  private async connect(kernel: Kernel.IKernelConnection, session: string | null, path: string, attempt: number): Promise<void> {
    for (let patience = PATIENCE_MS, again = false; attempt === this.attempt; patience *= 2, again = true) {
      const answered = this.ask(kernel, session, path, again).then(() => true);
      if ((await Promise.race([answered, later(patience)])) === true) {
        return;
      }
      if (again && attempt === this.attempt) {
        reconnect(kernel);
      }
    }
  }

  /** A new comm, and its first request. */
  private ask(kernel: Kernel.IKernelConnection, session: string | null, path: string, again: boolean): Promise<void> {
    this.close();
    const before = this.port.state;
    const comm = kernel.createComm(TARGET);
    // JupyterLab 4.4 goes on sending to the subshell of a kernel that somebody else restarted, and nobody hears it there.
    if (again) {
      comm.commsOverSubshells = CommsOverSubshells.Disabled;
    } else if (before !== null && comm.commsOverSubshells === CommsOverSubshells.PerCommTarget) {
      comm.commsOverSubshells = CommsOverSubshells.PerComm;
    }
    this.comm = comm;
    comm.onMsg = message => this.port.receive(message.content.data as unknown as Event);
    comm.onClose = () => {
      if (this.comm === comm) {
        this.port.fail({ kind: 'closed', what: 'The kernel closed the connection.', where: '', hint: 'Try again.' });
      }
    };
    comm.open();
    const device = before?.device.kind === 'board' ? before.device.id : this.board;
    const who = { protocol: PROTOCOL, version: VERSION };
    return this.port.connect(
      request => {
        if (!comm.isDisposed && !kernel.isDisposed) {
          comm.send(request as unknown as JSONObject);
        }
      },
      session !== null
        ? { type: 'attach', ...who, session }
        : { type: 'open', ...who, path, device, text: null, model: null, fresh: false }
    );
  }

  /** A restarted kernel reads back what it had kept; where it could keep nothing, the page still has the last decisions. */
  private async restore(before: State): Promise<void> {
    const { port } = this;
    if (port.state !== null && JSON.stringify(port.state.device) !== JSON.stringify(before.device)) {
      await port.edit({ type: 'set_board', told: before.device.told });
    }
    if (port.state !== null && JSON.stringify(port.state.schedule) !== JSON.stringify(before.schedule)) {
      const label = 'as before the restart';
      await port.edit({ type: 'set_schedule', label, schedule: before.schedule });
    }
  }

  private close(): void {
    const comm = this.comm;
    this.comm = null;
    if (comm !== null && !comm.isDisposed) {
      comm.close();
    }
  }

  /** Says early that a restart is under way; that it happened, the new kernel's own messages say. */
  private onStatus(_: unknown, status: KernelMessage.Status): void {
    if (status === 'restarting' || status === 'autorestarting') {
      this.process.expectOther();
      this.known = null;
      this.port.waitFor('The kernel restarts');
      void this.callUntilHeard(++this.attempt);
    } else if (status === 'dead') {
      this.attempt++;
      this.port.fail(noKernel('The kernel died.'));
    }
  }

  /**
   * What a new kernel says unasked gets lost when it speaks before the server listens again: so it is asked. One that
   * crashed while it started has other ports; then only a new connection reaches it.
   */
  private async callUntilHeard(attempt: number): Promise<void> {
    for (let calls = 1; attempt === this.attempt; calls++) {
      this.process.call();
      await later(CALL_MS);
      if (attempt === this.attempt && calls % MOST_CALLS === 0) {
        await this.seat?.context.session?.kernel?.reconnect().catch(() => undefined);
      }
    }
  }

  /** A kernel that was restarted from here, by another page or after a crash. */
  private onOther(): void {
    this.known = null;
    this.port.waitFor('The kernel restarts');
    void this.start();
  }

  /** Files and folders that are renamed in this page: the session goes with its own. */
  private onFileChanged(_: unknown, { type, oldValue, newValue }: Contents.IChangedArgs): void {
    const [before, after] = [oldValue?.path, newValue?.path].map(path => path && this.services.contents.localPath(path));
    if (type !== 'rename' || !before || !after) {
      return;
    }
    const folder = folderOf(this.path);
    const own = this.path === before || this.path.startsWith(`${before}/`);
    if (own) {
      this.path = after + this.path.slice(before.length);
      const session = this.seat?.notebook === null ? this.seat.context.session : null;
      void session?.setPath(this.path).then(() => session.setName(basename(this.path)));
    }
    if (this.port.link.phase === 'ready') {
      this.port.ask({ type: 'moved', old: relative(folder, before), new: relative(folder, after) }).catch(why => this.port.refuse(why));
    }
  }

  /** Somebody shut the kernel down, or took it away from the notebook. */
  private onGone(_: unknown, { oldValue, newValue }: { oldValue: unknown; newValue: unknown }): void {
    if (oldValue !== null && newValue === null) {
      this.attempt++;
      this.known = null;
      this.port.fail(noKernel('The kernel was shut down.'));
    }
  }

  private onNotebookMoved(notebook: Notebook): void {
    this.nowShared(notebook.path);
  }

  /** The kernel of a notebook outlives it: the panel goes on with a connection of its own. */
  private onNotebookClosed(): void {
    this.attempt++;
    this.leave();
    void this.start();
  }
}

/**
 * After a crash the server may hand on what the kernel says and none of what the page says, for as long as their line
 * lasts. A kernel that is at work is only late.
 */
function reconnect(kernel: Kernel.IKernelConnection): void {
  if (!kernel.isDisposed && kernel.status !== 'busy') {
    kernel.reconnect().catch(() => undefined);
  }
}

function later(ms: number): Promise<undefined> {
  return new Promise(done => setTimeout(() => done(undefined), ms));
}

/** A model that was saved as a plan is opened again by its plan, which is what its history is kept with. */
function documentOf(state: State | null): string | null {
  const { path, folder } = state?.document ?? { path: null, folder: '' };
  return path === null ? null : `${folder}/${path}`;
}

function basename(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

/** `path` as seen from `folder`; both are paths on the server. */
function relative(folder: string, path: string): string {
  const from = folder === '' ? [] : folder.split('/');
  const to = path.split('/');
  while (from.length > 0 && to.length > 1 && from[0] === to[0]) {
    from.shift();
    to.shift();
  }
  return [...from.map(() => '..'), ...to].join('/');
}

function crowded(): Failure {
  return {
    kind: 'kernel', what: 'Another connection of this page talks to this kernel already.', where: '',
    hint: 'Close the notebook or console that was attached to it, or give it another kernel; then reload the page.'
  };
}

function noKernel(what: string): Failure {
  return { kind: 'kernel', what, where: '', hint: 'See the server’s log for why, then try again.' };
}

function notThere(error: KernelMessage.IReplyErrorContent, kernel: string): Failure {
  const missing = error.ename === 'ModuleNotFoundError';
  return {
    kind: missing ? 'package' : 'kernel',
    what: missing
      ? `The kernel “${kernel}” cannot import mcu_lab: ${error.evalue}.`
      : `The kernel “${kernel}” could not load mcu_lab: ${error.ename}: ${error.evalue}`,
    where: '',
    hint: `This page has mcu-lab ${VERSION}. Install the same version of mcu-lab in the kernel’s environment.`
  };
}

function isFailure(why: unknown): why is Failure {
  return typeof why === 'object' && why !== null && 'what' in why && 'hint' in why;
}
