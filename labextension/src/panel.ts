// The document panel: a model file, a private kernel, and the workbench in between.

import { ABCWidgetFactory, Base64ModelFactory, DocumentWidget } from '@jupyterlab/docregistry';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { Contents, ServiceManager } from '@jupyterlab/services';
import type { Message } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import { KernelLine } from './kernel.js';
import type { NotebookLink, Notebooks } from './notebooks.js';
import { Port, Refused } from './port.js';
import { Workbench } from './views/workbench.js';

const BOARD_KEY = 'mcu-lab:board';

/** A document model without the file's bytes: the kernel reads the file, the browser never needs it. */
export class ReferenceModelFactory extends Base64ModelFactory {
  get name(): string {
    return 'mcu-lab-reference';
  }

  get fileFormat(): Contents.FileFormat {
    return null;
  }
}

export class ModelPanel extends Widget {
  private readonly port = new Port();
  private readonly line: KernelLine;
  private readonly workbench: Workbench;
  /** Told when the kernel is shared with a notebook, or when that has another name. */
  readonly sharing = new Signal<this, string>(this);
  /** The path of the notebook that the kernel is shared with. */
  shared: string | null;
  /** Told when the session is saved as another file than the panel was opened on. */
  readonly savedAs = new Signal<this, string>(this);
  /** The plan that the session was saved as, as the kernel names it, when the panel was opened on something else. */
  saved: string | null;

  constructor(
    services: ServiceManager.IManager, private readonly context: DocumentRegistry.Context, notebooks: Notebooks | null,
    links: Map<string, NotebookLink>, saved: string | null
  ) {
    super();
    this.addClass('mcu-panel');
    const path = services.contents.localPath(context.path);
    const board = localStorage.getItem(BOARD_KEY);
    const link = links.get(context.path) ?? null;
    this.shared = link?.notebook ?? null;
    this.saved = saved;
    this.line = new KernelLine(services, path, this.port, board, saved, notebooks, link, notebook => {
      this.shared = notebook;
      links.set(context.path, { notebook, session: null });
      this.workbench.name(...doorTo(notebook));
      this.sharing.emit(notebook);
    });
    this.workbench = new Workbench(this.port, {
      wheelNeedsCtrl: false,
      retry: () => void this.line.retry(),
      door: notebooks === null ? null : () => void this.openNotebook()
    });
    this.workbench.name(...doorTo(this.shared));
    this.node.append(this.workbench.element);
    this.port.onChange(() => this.rememberBoard());
    this.port.onChange(() => this.markDirty());
    this.port.onChange(() => this.rememberDocument());
    this.savesBy(context);
    void this.line.start();
  }

  /** Whether there is a session to work with. */
  get ready(): boolean {
    return this.port.link.phase === 'ready';
  }

  /** Not `fit`: that is what Lumino asks of a widget when a theme changes. */
  search(): void {
    this.workbench.fit();
  }

  /** Opens a notebook on the session, or shows the one there is. */
  async openNotebook(): Promise<void> {
    // The document's own connection is for documents that are named after their kernel's session: this one is not.
    this.context.sessionContext.session?.dispose();
    try {
      await this.line.share();
    } catch (why) {
      this.port.refuse(why instanceof Refused ? why : new Refused({ kind: 'notebook', what: `No notebook could be opened: ${String(why)}.`, where: '', hint: '' }));
    }
  }

  showProblems(): void {
    this.workbench.showProblems();
  }

  step(type: 'undo' | 'redo'): void {
    this.workbench.step(type);
  }

  dispose(): void {
    if (!this.isDisposed) {
      this.line.dispose();
      this.workbench.dispose();
      super.dispose();
    }
  }

  protected onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.node.querySelector<HTMLElement>('.mcu-canvas')?.focus();
  }

  /** The kernel writes the document: Lab's Save and Revert ask it to. The file's bytes never come here. */
  private savesBy(context: DocumentRegistry.Context): void {
    context.save = async () => {
      if (!(await this.workbench.save())) {
        throw new NotSaved();
      }
      context.model.dirty = false;
    };
    context.revert = () => this.port.step({ type: 'revert' });
  }

  /**
   * A model without a document is not dirty while the kernel keeps its edits: nothing would be lost, and autosave must
   * not make files.
   */
  private markDirty(): void {
    const document = this.port.state?.document;
    const { context } = this;
    if (document !== undefined && !context.isDisposed) {
      const own = document.path !== null && context.path.endsWith(document.path);
      context.model.dirty = document.dirty && (own || document.notices.some(n => n.kind === 'unkept'));
    }
  }

  /** A panel on a model that was saved as a plan goes on with the plan when the page is loaded again. */
  private rememberDocument(): void {
    const { path, folder } = this.port.state?.document ?? { path: null, folder: '' };
    const saved = path === null || this.context.path.endsWith(path) ? null : `${folder}/${path}`;
    if (this.port.state !== null && saved !== this.saved) {
      this.saved = saved;
      this.savedAs.emit(saved ?? '');
    }
  }

  /** The next model opens with the board that was chosen last. */
  private rememberBoard(): void {
    const device = this.port.state?.device;
    if (device?.kind === 'board') {
      localStorage.setItem(BOARD_KEY, device.id);
    }
  }
}

/** What JupyterLab takes as the person's own decision: it shows nothing, and closes nothing, because the panel asks. */
class NotSaved extends Error {
  override readonly name = 'ModalCancelError';

  constructor() {
    super('The plan was not saved.');
  }
}

/** What the button that leads to the notebook says, and what that means. */
function doorTo(notebook: string | null): [label: string, title: string] {
  if (notebook === null) {
    return ['Notebook', 'Open a notebook on this session: Python and panel then work on the same plan'];
  }
  const name = notebook.slice(notebook.lastIndexOf('/') + 1);
  return [`⇄ ${name}`, `Show ${name}, which works on this same session`];
}

export class ModelPanelFactory extends ABCWidgetFactory<DocumentWidget<ModelPanel>> {
  /** Which notebook shares its kernel with the panel at a path: also for a panel that is opened again. */
  readonly links = new Map<string, NotebookLink>();
  /** As which plan the model at a path was saved, for a panel that is opened again. */
  readonly saved = new Map<string, string>();

  constructor(
    options: DocumentRegistry.IWidgetFactoryOptions, private readonly services: ServiceManager.IManager, private readonly notebooks: Notebooks | null
  ) {
    super(options);
  }

  protected createNewWidget(context: DocumentRegistry.Context): DocumentWidget<ModelPanel> {
    const widget = new DocumentWidget({ content: new ModelPanel(this.services, context, this.notebooks, this.links, this.saved.get(context.path) ?? null), context });
    widget.toolbar.hide();
    return widget;
  }
}
