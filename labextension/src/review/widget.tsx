import { ReactWidget } from '@jupyterlab/ui-components';
import React from 'react';

import { type IReviewContext, ReviewContext } from './context';
import { ReviewView } from './view';

/** The review of one notebook. */
export class ReviewPanel extends ReactWidget {
  constructor(private readonly _review: IReviewContext) {
    super();
    this.addClass('jp-modelship-Review');
    _review.model.changed.connect(this._onModel, this);
  }

  get model(): IReviewContext['model'] {
    return this._review.model;
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._review.model.changed.disconnect(this._onModel, this);
      this._review.model.dispose();
      super.dispose();
    }
  }

  protected render(): JSX.Element {
    return (
      <ReviewContext.Provider value={{ ...this._review }}>
        <ReviewView />
      </ReviewContext.Provider>
    );
  }

  private _onModel(): void {
    this.update();
  }
}
