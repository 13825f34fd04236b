// JupyterLab's commands: in the palette, in the launcher and in the file browser's context menu.

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { DocumentWidget } from '@jupyterlab/docregistry';
import type { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { FileDialog } from '@jupyterlab/filebrowser';
import type { ILauncher } from '@jupyterlab/launcher';

import { modelIcon } from './icon.js';
import type { ModelPanel } from './panel.js';

const CATEGORY = 'mcu_lab';
const OPEN = 'mcu-lab:open';
const OPEN_SELECTED = 'mcu-lab:open-selected';

/** What other extensions may be there to show commands in. */
export type Places = {
  documents: IDocumentManager | null;
  palette: ICommandPalette | null;
  launcher: ILauncher | null;
  browser: IFileBrowserFactory | null;
};

/** Makes the commands known. `factory` opens a file as a panel; `fileTypes` are those it opens. */
export function addCommands(
  app: JupyterFrontEnd, tracker: WidgetTracker<DocumentWidget<ModelPanel>>, factory: string, fileTypes: readonly string[], places: Places
): void {
  const { commands } = app;
  const { documents, palette, launcher, browser } = places;
  const open = (path: string): Promise<unknown> => commands.execute('docmanager:open', { path, factory });
  if (documents !== null) {
    commands.addCommand(OPEN, {
      label: args => (args.isLauncher ? 'Open model' : 'Open model…'),
      caption: 'Plan a .tflite model’s memory for a microcontroller, or go on with a plan',
      icon: modelIcon,
      execute: async args => {
        const paths = typeof args.path === 'string' ? [args.path] : await askForFiles(documents, fileTypes, args.cwd);
        await Promise.all(paths.map(open));
      }
    });
    palette?.addItem({ command: OPEN, category: CATEGORY });
    launcher?.add({ command: OPEN, category: 'Other', args: { isLauncher: true } });
  }
  if (browser !== null) {
    commands.addCommand(OPEN_SELECTED, {
      label: 'Plan memory with mcu_lab',
      icon: modelIcon,
      execute: async () => {
        const files = [...(browser.tracker.currentWidget?.selectedItems() ?? [])].filter(f => f.type !== 'directory');
        await Promise.all(files.map(file => open(file.path)));
      }
    });
    fileTypes.forEach(type =>
      app.contextMenu.addItem({ command: OPEN_SELECTED, selector: `.jp-DirListing-item[data-file-type="${type}"]`, rank: 1 })
    );
  }
  for (const { id, label, run } of PANEL_COMMANDS) {
    commands.addCommand(id, {
      label,
      isEnabled: () => shownPanel(app, tracker)?.ready ?? false,
      execute: () => {
        const panel = shownPanel(app, tracker);
        return panel === null ? undefined : run(panel);
      }
    });
    palette?.addItem({ command: id, category: CATEGORY });
  }
  tracker.currentChanged.connect(() => commands.notifyCommandChanged());
}

const PANEL_COMMANDS: { id: string; label: string; run: (panel: ModelPanel) => void | Promise<void> }[] = [
  { id: 'mcu-lab:fit', label: 'Fit, or cancel it', run: panel => panel.search() },
  { id: 'mcu-lab:problems', label: 'Verify: show what the verifier says', run: panel => panel.showProblems() },
  { id: 'mcu-lab:notebook', label: 'Open session in notebook', run: panel => panel.openNotebook() },
  { id: 'mcu-lab:undo', label: 'Undo in panel', run: panel => panel.step('undo') },
  { id: 'mcu-lab:redo', label: 'Redo in panel', run: panel => panel.step('redo') }
];

/** The panel that the person works in. */
function shownPanel(app: JupyterFrontEnd, tracker: WidgetTracker<DocumentWidget<ModelPanel>>): ModelPanel | null {
  const { currentWidget } = tracker;
  return currentWidget !== null && currentWidget === app.shell.currentWidget ? currentWidget.content : null;
}

async function askForFiles(manager: IDocumentManager, fileTypes: readonly string[], cwd: unknown): Promise<string[]> {
  const suits = (path: string): boolean => manager.registry.getFileTypesForPath(path).some(type => fileTypes.includes(type.name));
  const { value } = await FileDialog.getOpenFiles({
    manager, title: 'Open a model or a plan', defaultPath: typeof cwd === 'string' ? cwd : undefined,
    filter: file => (suits(file.path) ? {} : null)
  });
  return (value ?? []).filter(file => file.type !== 'directory').map(file => file.path);
}
