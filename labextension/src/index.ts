// What JupyterLab is told: a viewer for model files and plans, and a notebook widget.

import { IJupyterWidgetRegistry } from '@jupyter-widgets/base';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import type { DocumentWidget } from '@jupyterlab/docregistry';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';

import { addCommands } from './commands.js';
import { modelIcon } from './icon.js';
import { Notebooks } from './notebooks.js';
import { ModelPanelFactory, ReferenceModelFactory } from './panel.js';
import type { ModelPanel } from './panel.js';
import { Refused } from './port.js';
import { VERSION } from './protocol.js';
import * as widget from './widget.js';

const FACTORY = 'mcu_lab';
/** Opens a panel as it was before the page was loaded. */
const RESTORE = 'mcu-lab:restore';
const FILE_TYPES = ['tflite', 'mcuplan'];

const viewer: JupyterFrontEndPlugin<void> = {
  id: 'mcu-lab:viewer',
  description: 'Opens .tflite models and .mcuplan.json plans: memory over time, against a board.',
  autoStart: true,
  optional: [ILayoutRestorer, IDocumentManager, ICommandPalette, ILauncher, IFileBrowserFactory, ILabShell],
  activate: (
    app: JupyterFrontEnd, restorer: ILayoutRestorer | null, documents: IDocumentManager | null, palette: ICommandPalette | null,
    launcher: ILauncher | null, browser: IFileBrowserFactory | null, shell: ILabShell | null
  ) => {
    const { docRegistry } = app;
    docRegistry.addFileType({
      name: 'tflite', displayName: 'TensorFlow Lite model', extensions: ['.tflite'],
      mimeTypes: ['application/octet-stream'], fileFormat: 'base64', contentType: 'file', icon: modelIcon
    });
    docRegistry.addFileType({
      name: 'mcuplan', displayName: 'mcu_lab plan', extensions: ['.mcuplan.json'],
      mimeTypes: ['application/json'], fileFormat: 'text', contentType: 'file', icon: modelIcon
    });
    const models = new ReferenceModelFactory();
    docRegistry.addModelFactory(models);
    const factory = new ModelPanelFactory(
      {
        name: FACTORY, modelName: models.name, fileTypes: FILE_TYPES, defaultFor: FILE_TYPES
      },
      app.serviceManager,
      // Elsewhere than in JupyterLab every document has a page of its own, and two pages cannot share comms.
      documents === null || shell === null ? null : new Notebooks(app, documents)
    );
    const tracker = new WidgetTracker<DocumentWidget<ModelPanel>>({ namespace: 'mcu-lab' });
    factory.widgetCreated.connect((_, panel) => {
      panel.title.icon = modelIcon;
      panel.context.pathChanged.connect(() => void tracker.save(panel));
      panel.content.sharing.connect(() => void tracker.save(panel));
      panel.content.savedAs.connect(() => void tracker.save(panel));
      void tracker.add(panel);
    });
    docRegistry.addWidgetFactory(factory);
    addCommands(app, tracker, FACTORY, FILE_TYPES, { documents, palette, launcher, browser });
    app.commands.addCommand(RESTORE, {
      execute: ({ path, notebook, saved }) => {
        if (typeof saved === 'string') {
          factory.saved.set(String(path), saved);
        }
        if (typeof notebook === 'string') {
          factory.links.set(String(path), { notebook, session: null });
        }
        return app.commands.execute('docmanager:open', { path, factory: FACTORY });
      }
    });
    if (documents !== null && shell !== null) {
      widget.SessionView.openPanel = async ({ path, notebook, session }) => {
        const there = documents.findWidget(path, FACTORY)?.content as ModelPanel | undefined;
        if (there !== undefined && there.shared !== notebook) {
          const what = `${path} is open in a panel with a kernel of its own.`;
          throw new Refused({ kind: 'panel', what, where: '', hint: 'Close that panel first.' });
        }
        await documents.services.contents.get(path, { content: false });
        if (there === undefined) {
          factory.links.set(path, { notebook, session });
        }
        documents.openOrReveal(path, FACTORY, undefined, { mode: 'split-left' });
      };
    }
    if (restorer !== null) {
      void restorer.restore(tracker, {
        command: RESTORE,
        args: panel => ({ path: panel.context.path, notebook: panel.content.shared, saved: panel.content.saved }),
        name: panel => panel.context.path
      });
    }
  }
};

const notebookWidget: JupyterFrontEndPlugin<void> = {
  id: 'mcu-lab:widget',
  description: 'Shows an mcu_lab session in a notebook cell.',
  autoStart: true,
  requires: [IJupyterWidgetRegistry],
  activate: (_: JupyterFrontEnd, registry: IJupyterWidgetRegistry) => {
    registry.registerWidget({
      name: 'mcu-lab', version: VERSION,
      exports: { SessionModel: widget.SessionModel, SessionView: widget.SessionView }
    });
  }
};

export default [viewer, notebookWidget];
