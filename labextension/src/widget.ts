// The notebook widget: the same workbench, carried by ipywidgets' messages.

import { DOMWidgetModel, DOMWidgetView } from '@jupyter-widgets/base';
import type { ISerializers } from '@jupyter-widgets/base';

import { Port } from './port.js';
import type { Event } from './protocol.js';
import { PROTOCOL, VERSION } from './protocol.js';
import type { Parts } from './views/workbench.js';
import { Workbench } from './views/workbench.js';

const MODULE = 'mcu-lab';
/** What `session`, `session.timeline()` and `session.schedule()` show. */
const PARTS: Record<string, Parts> = { workbench: 'all', timeline: 'timeline', schedule: 'schedule' };

export class SessionModel extends DOMWidgetModel {
  static serializers: ISerializers = { ...DOMWidgetModel.serializers };
  /** Made in `initialize`, which the base class calls before fields of this class could be set. */
  port!: Port;

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
  }

  /** To the session behind this cell; a kernel that was restarted has none. */
  attach(): void {
    if (!this.comm_live) {
      this.port.fail({
        kind: 'closed', what: 'This cell was shown by a kernel that is gone.', where: '', hint: 'Run the cell again.'
      });
      return;
    }
    this.port.waitFor('Asking the kernel');
    void this.port.connect(request => this.send(request, {}), {
      type: 'attach', protocol: PROTOCOL, version: VERSION, session: null
    });
  }
}

export class SessionView extends DOMWidgetView {
  private workbench: Workbench | null = null;

  render(): void {
    super.render();
    const model = this.model as SessionModel;
    const parts = PARTS[String(model.get('view'))] ?? PARTS.workbench;
    this.workbench = new Workbench(model.port, { wheelNeedsCtrl: true, retry: null, notebook: null, parts });
    this.el.classList.add('mcu-cell');
    this.el.append(this.workbench.element);
  }

  remove(): unknown {
    this.workbench?.dispose();
    return super.remove();
  }
}
