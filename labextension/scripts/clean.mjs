// Removes what the builds make. lib and tsbuildinfo go together: alone, the latter makes tsc emit nothing.
import { rmSync } from 'node:fs';

const root = new URL('..', import.meta.url);
for (const made of ['lib', 'tsconfig.tsbuildinfo', '../mcu_lab/labextension']) {
  rmSync(new URL(made, root), { recursive: true, force: true });
}
