/** What views ask of each other; arguments as the comments say. All are harmless with hostile ones. */
export namespace CommandIDs {
  /**
   * {path?, options?, yes?, run?, fresh?}: review the notebook, by default the one in front. `yes`
   * ships without the review, for a run that a live cell asked for (core/live.ts) and for no other.
   */
  export const deploy = 'modelship:deploy';
  /** {path, options?, run?, fresh?}: what `deploy` opens once the notebook is saved. Never ships by itself. */
  export const openReview = 'modelship:open-review';
  /** {run}: stages and log of a run. */
  export const openRun = 'modelship:open-run';
  /** {service, tab?}: the service's card. */
  export const openService = 'modelship:open-service';
  /** {path, cell?, line?}: open the notebook, at the cell where one is named. */
  export const goToCell = 'modelship:go-to-cell';
  /** {role, cell?}: write the cell's tag. */
  export const setRole = 'modelship:set-role';
  /** {path}: rehearse and prove, so that the review has no holes. */
  export const rehearse = 'modelship:rehearse';
  /** The side panel. */
  export const openServices = 'modelship:open-services';
  /** {run?}: say what was hard. */
  export const reportFriction = 'modelship:report-friction';
  /** {template?}: a notebook to start from. */
  export const openStarter = 'modelship:open-starter';
}
