import { LabIcon } from '@jupyterlab/ui-components';

/** A page that is looked through before it leaves. */
export const reviewIcon = new LabIcon({
  name: 'modelship:review',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <path class="jp-icon3" fill="#616161" d="M6 2h8l5 5v4.1a6 6 0 0 0-2-.1V8h-4V4H6v16h5.3a6 6 0 0 0 1.5 2H6a2 2 0 0 1-2-2V4c0-1.1.9-2 2-2zm2 9h6v2H8v-2zm0 4h3v2H8v-2z"/>
  <path class="jp-icon3" fill="#616161" d="M16.5 12.5a4 4 0 0 1 3.3 6.2l2.4 2.4-1.4 1.4-2.4-2.4a4 4 0 1 1-1.9-7.6zm0 2a2 2 0 1 0 0 4 2 2 0 0 0 0-4z"/>
</svg>`
});
