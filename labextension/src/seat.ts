// A place at a kernel: a panel's own connection, or that of a notebook which is open in the same page.

import type { ISessionContext } from '@jupyterlab/apputils';
import { SessionContext } from '@jupyterlab/apputils';
import type { ServiceManager } from '@jupyterlab/services';

import type { Notebook } from './notebooks.js';

export type Seat = {
  readonly context: ISessionContext;
  /** The notebook whose connection this is; null: the panel's own. */
  readonly notebook: Notebook | null;
  /** Resolves when there is a kernel, or rejects; true when somebody has to choose one first. */
  ready: () => Promise<boolean>;
  /** Gets up; whose kernel it was stays as it is. */
  leave: () => void;
};

/**
 * A connection to the kernel that runs for the document at `path` on the server, started when there is none. One of
 * the panel's own is shut down with it; a notebook's stays, as kernels of notebooks do in JupyterLab.
 */
export function ownSeat(services: ServiceManager.IManager, path: string, type: 'mcu-lab' | 'notebook'): Seat {
  const context = new SessionContext({
    sessionManager: services.sessions,
    specsManager: services.kernelspecs,
    kernelManager: services.kernels,
    path,
    name: path.slice(path.lastIndexOf('/') + 1),
    type,
    kernelPreference: {
      language: 'python', shouldStart: true, canStart: true, autoStartDefault: true, shutdownOnDispose: type === 'mcu-lab'
    }
  });
  return {
    context,
    notebook: null,
    ready: async () => {
      const choose = await context.initialize();
      await context.ready;
      return choose;
    },
    leave: () => context.dispose()
  };
}

/** Only the first connection of a page to a kernel gets comms: where a notebook has it, the panel talks through it. */
export function seatAt(notebook: Notebook): Seat {
  const context = notebook.sessionContext;
  return {
    context,
    notebook,
    ready: async () => {
      await context.ready;
      return false;
    },
    leave: () => undefined
  };
}

/** Leaves the panel's own connection to the notebook at `path`, which finds its session on the server by that path. */
export async function bequeath(seat: Seat, path: string): Promise<void> {
  const { session } = seat.context;
  await session?.setPath(path);
  await session?.setName(path.slice(path.lastIndexOf('/') + 1));
  await session?.setType('notebook');
  seat.context.kernelPreference = { ...seat.context.kernelPreference, shutdownOnDispose: false };
}
