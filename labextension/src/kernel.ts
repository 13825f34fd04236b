// A private kernel for one document and the line to its session: start, open, reopen after a restart.

import type { ISessionContext } from '@jupyterlab/apputils';
import { SessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage, ServiceManager } from '@jupyterlab/services';
import { CommsOverSubshells } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';

import type { Failure, Port } from './port.js';
import type { Event, State } from './protocol.js';
import { PROTOCOL, VERSION } from './protocol.js';

const TARGET = 'mcu_lab.session';
/** Between two calls to a kernel that restarts. */
const CALL_MS = 1000;
/** What a kernel says of itself; `restarting` and `dead` are said by the server, in a session of its own. */
const ALIVE = new Set(['starting', 'busy', 'idle']);
/** What a kernel is asked while its sockets still reconnect can get lost; registering twice does no harm. */
const PATIENCE_MS = 10_000;
const REGISTER = 'from mcu_lab.widgets.comm import register; register()';

export class KernelLine {
  readonly context: ISessionContext;
  private comm: Kernel.IComm | null = null;
  /** The kernel process heard last: every one signs its messages with a session of its own. */
  private heard: string | null = null;
  private attempt = 0;

  /** `path` is the document's path on the server; `board` the board to begin with. */
  constructor(
    services: ServiceManager.IManager,
    private readonly path: string,
    private readonly port: Port,
    private readonly board: string | null
  ) {
    this.context = new SessionContext({
      sessionManager: services.sessions,
      specsManager: services.kernelspecs,
      kernelManager: services.kernels,
      path,
      name: basename(path),
      type: 'mcu-lab',
      kernelPreference: {
        language: 'python', shouldStart: true, canStart: true, autoStartDefault: true, shutdownOnDispose: true
      }
    });
    this.context.statusChanged.connect((_, status) => this.onStatus(status));
    this.context.iopubMessage.connect((_, message) => this.onMessage(message));
  }

  /** Starts over from wherever things stand. Failures are told to the port. */
  async start(): Promise<void> {
    const attempt = ++this.attempt;
    try {
      this.port.waitFor('Starting a kernel');
      const choose = await this.context.initialize();
      await this.context.ready;
      const kernel = this.context.session?.kernel;
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
      await this.context.restartKernel();
    } catch (why) {
      this.port.fail(noKernel(String(why)));
      return;
    }
    await this.start();
  }

  dispose(): void {
    this.attempt++;
    this.close();
    this.context.dispose();
  }

  private async open(kernel: Kernel.IKernelConnection, attempt: number): Promise<void> {
    this.port.waitFor('Reading the model');
    const before = this.port.state;
    const asked = kernel.requestExecute({ code: REGISTER, silent: true, store_history: false }).done;
    const reply = await Promise.race([asked, later(PATIENCE_MS)]);
    if (attempt !== this.attempt) {
      return;
    }
    if (reply === undefined) {
      return this.start();
    }
    if (reply.content.status !== 'ok') {
      throw notThere(reply.content as KernelMessage.IReplyErrorContent, this.context.kernelDisplayName);
    }
    this.close();
    const comm = kernel.createComm(TARGET);
    // JupyterLab 4.4 goes on sending to the subshell of a kernel that somebody else restarted, and nobody hears it there.
    if (before !== null && comm.commsOverSubshells === CommsOverSubshells.PerCommTarget) {
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
    const device = before !== null && before.device.id !== 'ad-hoc' ? before.device.id : this.board;
    await this.port.connect(
      request => {
        if (!comm.isDisposed) {
          comm.send(request as unknown as JSONObject);
        }
      },
      {
        type: 'open', protocol: PROTOCOL, version: VERSION, path: documentOf(before) ?? basename(this.path), device,
        text: null, model: null, fresh: false
      }
    );
    if (before !== null && attempt === this.attempt) {
      await this.restore(before);
    }
  }

  /** A restarted kernel reads back what it had kept; where it could keep nothing, the page still has the last decisions. */
  private async restore(before: State): Promise<void> {
    const { port } = this;
    if (port.state !== null && JSON.stringify(port.state.device) !== JSON.stringify(before.device)) {
      const { id, sram_bytes, flash_bytes } = before.device;
      await port.edit(id === 'ad-hoc' ? { type: 'set_budget', sram_bytes, flash_bytes } : { type: 'set_device', device: id });
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
      comm.dispose();
    }
  }

  /** Says early that a restart is under way; that it happened, the new kernel's own messages say. */
  private onStatus(status: KernelMessage.Status): void {
    if (status === 'restarting' || status === 'autorestarting') {
      this.heard = '';
      this.port.waitFor('The kernel restarts');
      void this.callUntilHeard(++this.attempt);
    } else if (status === 'dead') {
      this.attempt++;
      this.port.fail(noKernel('The kernel died.'));
    }
  }

  /** What a new kernel says unasked gets lost when it speaks before the server listens again: so it is asked. */
  private async callUntilHeard(attempt: number): Promise<void> {
    while (attempt === this.attempt && !this.context.isDisposed) {
      this.context.session?.kernel?.requestKernelInfo().catch(() => undefined);
      await later(CALL_MS);
    }
  }

  /**
   * A kernel that was restarted from here, by another page or after a crash: all that is sure to arrive is messages
   * with another session. `kernelChanged` says nothing, and a `starting` gets lost while sockets reconnect.
   */
  private onMessage(message: KernelMessage.IMessage): void {
    const { header, content } = message;
    const fromKernel = header.msg_type === 'status' && ALIVE.has((content as { execution_state: string }).execution_state);
    if (!fromKernel) {
      return;
    }
    const before = this.heard;
    this.heard = header.session;
    if (before !== null && before !== header.session) {
      this.port.waitFor('The kernel restarts');
      void this.start();
    }
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
