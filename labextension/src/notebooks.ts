// Notebooks that a panel shares its kernel with: making one, finding it, and hearing when it is opened.

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { Kernel } from '@jupyterlab/services';

/** A notebook that is open in this page. */
export type Notebook = DocumentRegistry.Context;

/** Which notebook a panel shares its kernel with, and which of its sessions it shows; null: the one on its document. */
export type NotebookLink = { notebook: string; session: string | null };

/** JupyterLab's name for what opens notebooks. */
const FACTORY = 'Notebook';

export class Notebooks {
  constructor(private readonly app: JupyterFrontEnd, private readonly documents: IDocumentManager) {}

  /** When everything that was open before the page was loaded is open again. */
  get restored(): Promise<void> {
    return this.app.restored;
  }

  find(path: string): Notebook | null {
    return this.documents.findWidget(path, FACTORY)?.context ?? null;
  }

  /** Calls `listener` with every notebook that opens, before it connects to a kernel. Returns how to stop. */
  onOpened(listener: (notebook: Notebook) => void): () => void {
    const created = this.app.docRegistry.getWidgetFactory(FACTORY)?.widgetCreated;
    const slot = (_: unknown, widget: { context: Notebook }): void => listener(widget.context);
    created?.connect(slot);
    return () => void created?.disconnect(slot);
  }

  /** Writes a notebook with one cell into the folder of `beside`. Returns its path. */
  async make(beside: string, source: string, kernel: Kernel.IKernelConnection): Promise<string> {
    const { contents } = this.documents.services;
    const { path } = await contents.newUntitled({ path: beside.slice(0, Math.max(beside.lastIndexOf('/'), 0)), type: 'notebook' });
    const spec = await kernel.spec;
    const kernelspec = { name: kernel.name, display_name: spec?.display_name ?? kernel.name, language: 'python' };
    const cell = { cell_type: 'code', id: 'session', source, metadata: {}, execution_count: null, outputs: [] };
    const content = { nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells: [cell] };
    await contents.save(path, { type: 'notebook', format: 'json', content });
    return path;
  }

  /** Brings a notebook to the front, beside the panel when it was not open. Resolves when it has its kernel. */
  async show(path: string): Promise<void> {
    const widget = this.documents.openOrReveal(path, FACTORY, undefined, { mode: 'split-right' });
    await widget?.context.sessionContext.ready;
  }

  /** Runs the cell that a notebook begins with; it has to be the one that is worked in. */
  async run(): Promise<void> {
    await this.app.commands.execute('notebook:run-all-cells');
  }
}
