import { ReactWidget } from '@jupyterlab/apputils';
import React from 'react';

import { Steady } from '../core/steady';
import type { RunModel } from './model';
import type { IRunViewProps } from './view';
import { RunView } from './view';

/** The view of one run; closing it ends nothing but the view. */
export class RunPanel extends ReactWidget {
  readonly model: RunModel;

  constructor(private readonly _props: IRunViewProps) {
    super();
    this.model = _props.model;
    this.addClass('jp-modelship-Run');
    this.node.tabIndex = -1;
  }

  override dispose(): void {
    this.model.dispose();
    super.dispose();
  }

  protected override render(): JSX.Element {
    return (
      <Steady signals={[this.model.changed]}>
        {() => <RunView {...this._props} />}
      </Steady>
    );
  }
}
