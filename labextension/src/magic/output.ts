import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Panel } from '@lumino/widgets';

import type { DeployCard, ICardActions } from './card';
import type { Deployments } from './deployment';
import { MIME, savedOf } from './intent';

export interface IOutputParts {
  deployments: Deployments;
  actions: ICardActions;
  trans: TranslationBundle;
}

/** Where a notebook shows our output: reads what is saved, and asks how the run stands. */
export class DeployOutput extends Panel implements IRenderMime.IRenderer {
  private _card: DeployCard | null = null;

  constructor(private readonly _parts: IOutputParts) {
    super();
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const { DeployCard } = await import('./card');
    const saved = savedOf(model.data[MIME]);
    if (saved === null || this.isDisposed) {
      return;
    }
    if (this._card !== null) {
      this._card.take(saved);
      return;
    }
    const { deployments, actions, trans } = this._parts;
    const deployment = deployments.hold(saved.run);
    this._card = new DeployCard({ deployment, saved, actions, trans });
    this._card.disposed.connect(() => deployments.release(saved.run));
    this.addWidget(this._card);
    void deployment.look().catch(() => undefined); // the picture stays
  }
}
