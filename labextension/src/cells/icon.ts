import { LabIcon } from '@jupyterlab/ui-components';

/** A tag: what a cell is for. */
export const roleIcon = new LabIcon({
  name: 'jupyter-modelship:role',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <path class="jp-icon3" fill="#616161" d="M20.6 12.6 12.4 4.4A1.5 1.5 0 0 0 11.4 4H5.5A1.5 1.5 0 0 0 4 5.5v5.9c0 .4.2.8.4 1l8.2 8.2c.6.6 1.5.6 2.1 0l5.9-5.9c.6-.6.6-1.5 0-2.1zM13.7 18.9 5.8 11V5.8H11l7.9 7.9zM8 6.7A1.3 1.3 0 1 0 8 9.3 1.3 1.3 0 0 0 8 6.7z"/>
</svg>`
});
