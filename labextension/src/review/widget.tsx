import { ReactWidget } from '@jupyterlab/ui-components';
import React from 'react';

import { Steady } from '../core/steady';
import { type IReviewContext, ReviewContext } from './context';
import { ReviewView } from './view';

/** The review of one notebook. */
export class ReviewPanel extends ReactWidget {
  constructor(private readonly _review: IReviewContext) {
    super();
    this.addClass('jp-modelship-Review');
  }

  get model(): IReviewContext['model'] {
    return this._review.model;
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._review.model.dispose();
      super.dispose();
    }
  }

  protected render(): JSX.Element {
    return (
      <Steady signals={[this.model.changed]}>
        {() => (
          <ReviewContext.Provider value={{ ...this._review }}>
            <ReviewView />
          </ReviewContext.Provider>
        )}
      </Steady>
    );
  }
}
