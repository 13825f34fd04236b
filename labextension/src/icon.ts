import { LabIcon } from '@jupyterlab/ui-components';

// A chip with blocks of memory in it.
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">
<g class="jp-icon3" fill="#616161">
<path d="M3 3h10v10H3zm1.2 1.2v7.6h7.6V4.2z"/>
<path d="M5 8.6h2.2V11H5zM7.6 6.6h1.2V11H7.600zM9.200 5h1.800v6H9.200z"/>
<path d="M5 1h1v2H5zm2.500 0h1v2h-1zM10 1h1v2h-1zM5 13h1v2H5zm2.500 0h1v2h-1zM10 13h1v2h-1zM1 5h2v1H1zm0 2.500h2v1H1zM1 10h2v1H1zM13 5h2v1h-2zm0 2.500h2v1h-2zM13 10h2v1h-2z"/>
</g></svg>`;

export const modelIcon = new LabIcon({ name: 'mcu-lab:model', svgstr: SVG });
