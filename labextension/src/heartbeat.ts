// A slow heartbeat: the kernel looks after the session's files, and a kernel that is gone or another is noticed.

import type { Port } from './port.js';

const LOOK_MS = 2000;
/** So many beats without an answer pass before somebody wonders. */
const PATIENCE = 3;

/** Has the kernel look now and then. `silent` is called while it owes an answer. Returns how to stop. */
export function heartbeat(port: Port, silent: () => void): () => void {
  let missed = 0;
  const timer = setInterval(() => {
    if (port.link.phase !== 'ready') {
      missed = 0;
    } else if (!port.looking) {
      missed = 0;
      port.look();
    } else if (++missed % PATIENCE === 0) {
      silent();
    }
  }, LOOK_MS);
  return () => clearInterval(timer);
}
