import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';

import type { ICandidate, Options } from '../wire';

/** The open notebook, as far as a review touches it. */
export interface INotebookDoor extends IDisposable {
  /** Whether what would ship differs from what it was when the notebook was last saved from here. */
  readonly changed: boolean;
  readonly changedSignal: ISignal<INotebookDoor, void>;
  /** Save the notebook where it is open and has edits. */
  save(): Promise<void>;
  /** Make the candidate an endpoint: tag its cell, and write the function where there is none yet. */
  choose(candidate: ICandidate): Promise<void>;
  /** Write options into the notebook's metadata. */
  keep(options: Options): Promise<void>;
}
