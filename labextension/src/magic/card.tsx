import { ReactWidget } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { plain, plainLines } from '../core/plain';
import { Prose } from '../core/prose';
import { Steady } from '../core/steady';
import type { RunModel } from '../run/model';
import { StageList } from '../run/stagelist';
import { failure, heading, reason, status } from '../run/words';
import type { Deployment } from './deployment';
import type { ISaved } from './intent';

export interface ICardActions {
  openRun(run: string): void;
  openService(service: string): void;
}

export interface ICardProps {
  deployment: Deployment;
  saved: ISaved;
  actions: ICardActions;
  trans: TranslationBundle;
}

/** The output of `%deploy`: the run as it is now; the saved picture where there is none. */
export class DeployCard extends ReactWidget {
  constructor(private readonly _props: ICardProps) {
    super();
    this.addClass('jp-modelship-deploy');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', _props.trans.__('Deployment'));
  }

  /** The kernel has replaced what is saved. */
  take(saved: ISaved): void {
    this._props.saved = saved;
    this.update();
  }

  protected override render(): JSX.Element {
    return (
      <Steady signals={[this._props.deployment.changed]}>
        {() => <CardView {...this._props} />}
      </Steady>
    );
  }
}

export function CardView(props: ICardProps): JSX.Element {
  const { deployment } = props;
  return deployment.run ? (
    <RunCard {...props} model={deployment.run} />
  ) : (
    <Picture {...props} />
  );
}

/** Before there is a run, or where it is not known here. */
function Picture({ deployment, saved, trans }: ICardProps): JSX.Element {
  const { phase, lines, review } = deployment;
  const book = plain(saved.book, 80);
  const text: { [phase: string]: string } = {
    reading: trans.__('%1 is being read.', book),
    review: trans.__('%1 is in review.', book)
  };
  const shown = lines.length > 0 ? lines : saved.lines;
  return (
    <>
      {text[phase] ? (
        <p role="status">{text[phase]}</p>
      ) : (
        <pre role={phase === 'refused' ? 'alert' : undefined}>
          {plainLines(shown.join('\n'))}
        </pre>
      )}
      {phase === 'review' && review && (
        <button className="jp-mod-styled jp-mod-accept" onClick={review}>
          {trans.__('Show the review')}
        </button>
      )}
    </>
  );
}

function RunCard(props: ICardProps & { model: RunModel }): JSX.Element {
  const { model, trans, actions } = props;
  const service = model.state === 'succeeded' ? model.result?.service : null;
  return (
    <>
      <div className="jp-modelship-deploy-head">
        <strong>{heading(model, trans)}</strong>
        <span className="jp-modelship-deploy-buttons">
          {service && (
            <button
              className="jp-mod-styled jp-mod-accept"
              onClick={() => actions.openService(service)}
            >
              {trans.__('Open service')}
            </button>
          )}
          <button
            className="jp-mod-styled jp-mod-reject"
            onClick={() => actions.openRun(model.id)}
          >
            {trans.__('Show run')}
          </button>
        </span>
      </div>
      <StageList stages={model.stages.shown} trans={trans} />
      {model.error ? (
        <Failure model={model} trans={trans} />
      ) : (
        <p role="status">{status(model, trans)}</p>
      )}
    </>
  );
}

function Failure(props: {
  model: RunModel;
  trans: TranslationBundle;
}): JSX.Element {
  const { model, trans } = props;
  const { remedy } = model.error!;
  return (
    <div role="alert">
      <p>
        <span aria-hidden="true">▲</span> {failure(model, trans)}
      </p>
      <p>
        <Prose text={reason(model)} />
      </p>
      {remedy && (
        <p>
          <Prose text={trans.__('Next: %1', remedy)} />
        </p>
      )}
    </div>
  );
}
