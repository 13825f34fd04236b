// Which kernel process speaks. Each signs its messages with a session of its own, and that is all that surely says
// that it is another: `kernelChanged` is silent, and a `starting` gets lost while sockets reconnect.

import type { ISessionContext } from '@jupyterlab/apputils';
import type { KernelMessage } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

/** What a kernel says of itself; `restarting` and `dead` are said by the server, in a session of its own. */
const ALIVE = new Set(['starting', 'busy', 'idle']);

export class KernelProcess {
  private context: ISessionContext | null = null;
  private heard: string | null = null;

  /** `onOther` is called when another process speaks than before. */
  constructor(private readonly onOther: () => void) {}

  listenTo(context: ISessionContext): void {
    this.stop();
    this.context = context;
    context.iopubMessage.connect(this.onMessage, this);
  }

  stop(): void {
    this.context = null;
    Signal.disconnectReceiver(this);
  }

  /** Whoever speaks next is another. */
  expectOther(): void {
    this.heard = '';
  }

  /** Has the kernel say something, whether it knows of any session or not. */
  call(): void {
    this.context?.session?.kernel?.requestKernelInfo().catch(() => undefined);
  }

  private onMessage(_: unknown, message: KernelMessage.IMessage): void {
    const { header, content } = message;
    if (header.msg_type !== 'status' || !ALIVE.has((content as { execution_state: string }).execution_state)) {
      return;
    }
    const before = this.heard;
    this.heard = header.session;
    if (before !== null && before !== header.session) {
      this.onOther();
    }
  }
}
