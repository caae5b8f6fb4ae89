import { LabIcon } from '@jupyterlab/ui-components';

/** A boat under sail, on JupyterLab's grid of 24. */
const SAIL = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3 jp-icon-selectable" fill="#616161">
    <path d="M11 2.6v11.8H4.2z"/>
    <path d="M12.8 6v8.4h6.4z"/>
    <path d="M2.5 16.2h19l-2.6 4.6a1.6 1.6 0 0 1-1.4.8h-11a1.6 1.6 0 0 1-1.4-.8z"/>
  </g>
</svg>`;

export const modelshipIcon = new LabIcon({
  name: 'modelship:sail',
  svgstr: SAIL
});
