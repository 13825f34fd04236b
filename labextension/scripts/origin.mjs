// Lays install.json beside the bundle: it tells JupyterLab which package brought the extension.
import { copyFileSync } from 'node:fs';

copyFileSync('install.json', '../mcu_lab/labextension/install.json');
