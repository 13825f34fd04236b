// The notebook widget: the same workbench, carried by ipywidgets' messages.

import { DOMWidgetModel, DOMWidgetView } from '@jupyter-widgets/base';
import type { ISerializers } from '@jupyter-widgets/base';
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';
import { CommsOverSubshells } from '@jupyterlab/services';

import { heartbeat } from './heartbeat.js';
import type { Failure } from './port.js';
import { Port, Refused } from './port.js';
import { KernelProcess } from './process.js';
import type { Event, Request } from './protocol.js';
import { PROTOCOL, VERSION } from './protocol.js';
import type { Parts } from './views/workbench.js';
import { Workbench } from './views/workbench.js';

const MODULE = 'mcu-lab';
/** What `session`, `session.timeline()` and `session.schedule()` show. */
const PARTS: Record<string, Parts> = { workbench: 'all', timeline: 'timeline', schedule: 'schedule' };

const GONE: Failure = {
  kind: 'closed', what: 'This cell was shown by a kernel that is gone.', where: '', hint: 'Run the cell again.'
};

/** Opens a panel on a session of a notebook's kernel. `path` is that of its file on the server. */
export type OpenPanel = (place: { path: string; notebook: string; session: string }) => Promise<void>;

export class SessionModel extends DOMWidgetModel {
  static serializers: ISerializers = { ...DOMWidgetModel.serializers };
  /** Made in `initialize`, which the base class calls before fields of this class could be set. */
  port!: Port;
  private process!: KernelProcess;
  private stopBeating!: () => void;

  defaults(): Record<string, unknown> {
    return {
      ...super.defaults(),
      _model_name: 'SessionModel', _model_module: MODULE, _model_module_version: VERSION,
      _view_name: 'SessionView', _view_module: MODULE, _view_module_version: VERSION,
      view: 'workbench'
    };
  }

  initialize(attributes: Parameters<DOMWidgetModel['initialize']>[0], options: Parameters<DOMWidgetModel['initialize']>[1]): void {
    super.initialize(attributes, options);
    this.port = new Port();
    this.on('msg:custom', (content: Event) => this.port.receive(content));
    this.on('comm_live_update', () => this.attach());
    this.attach();
    this.process = new KernelProcess(() => this.port.fail(GONE));
    const context = (this.widget_manager as unknown as { context?: { sessionContext?: ISessionContext } }).context?.sessionContext;
    if (context !== undefined) {
      this.process.listenTo(context);
    }
    this.stopBeating = heartbeat(this.port, () => this.process.call());
  }

  close(comm_closed?: boolean): Promise<void> {
    this.stopBeating();
    this.process.stop();
    return super.close(comm_closed);
  }

  /** To the session behind this cell; a kernel that was restarted has none. */
  attach(): void {
    if (!this.comm_live) {
      this.port.fail(GONE);
      return;
    }
    keepApart(this.comm);
    this.port.waitFor('Asking the kernel');
    void this.port.connect(request => this.post(request), {
      type: 'attach', protocol: PROTOCOL, version: VERSION, session: null
    });
  }

  /** A kernel can be gone before anybody has said so. */
  private post(request: Request): void {
    try {
      this.send(request, {});
    } catch {
      this.port.fail(GONE);
    }
  }
}

export class SessionView extends DOMWidgetView {
  /** Where this front end has panels: how to open one. */
  static openPanel: OpenPanel | null = null;
  private workbench: Workbench | null = null;

  render(): void {
    super.render();
    const model = this.model as SessionModel;
    const parts = PARTS[String(model.get('view'))] ?? PARTS.workbench;
    const notebook = (model.widget_manager as unknown as { context?: { path: string } }).context?.path;
    const { openPanel } = SessionView;
    this.workbench = new Workbench(model.port, {
      wheelNeedsCtrl: true, retry: null, parts,
      door: notebook === undefined || openPanel === null ? null : () => void this.open(model.port, notebook, openPanel)
    });
    this.workbench.name('Panel', 'Open this session in a panel of its own');
    this.el.classList.add('mcu-cell');
    this.el.append(this.workbench.element);
  }

  private async open(port: Port, notebook: string, openPanel: OpenPanel): Promise<void> {
    try {
      const { text } = await port.ask({ type: 'file' });
      await openPanel({ path: resolved(notebook, text), notebook, session: port.opened?.session ?? '' });
    } catch (why) {
      port.refuse(why instanceof Refused ? why : new Refused({ kind: 'panel', what: `No panel could be opened: ${String(why)}.`, where: '', hint: '' }));
    }
  }

  remove(): unknown {
    this.workbench?.dispose();
    return super.remove();
  }
}

/**
 * Comms of one kind share a subshell, and after a restart from elsewhere JupyterLab goes on sending to that of the kernel
 * that is gone, where nobody hears it. One of its own is asked of the kernel that is there.
 */
function keepApart(comm: unknown): void {
  const line = (comm as { jsServicesComm?: Kernel.IComm } | undefined)?.jsServicesComm;
  if (line?.commsOverSubshells === CommsOverSubshells.PerCommTarget) {
    line.commsOverSubshells = CommsOverSubshells.PerComm;
  }
}

/** A path relative to the folder of the file at `base`. */
function resolved(base: string, path: string): string {
  const parts = base.split('/').slice(0, -1);
  for (const part of path.split('/')) {
    if (part === '..') {
      parts.pop();
    } else if (part !== '.') {
      parts.push(part);
    }
  }
  return parts.join('/');
}
