import { Button } from '@jupyterlab/ui-components';
import * as React from 'react';

import { short } from '../core/format';
import { plain } from '../core/plain';
import { active } from '../services/rows';
import type { IRevision, IService } from '../wire';
import { Compare } from './compare';
import type { IMeans } from './means';

type IHistoryProps = IMeans & { service: IService };

/** Every revision with who, when and what; each can be compared with the live one and brought back. */
export function History(props: IHistoryProps): JSX.Element {
  const { model, service, trans } = props;
  if (model.compared !== null) {
    return <Compare {...props} revision={model.compared} />;
  }
  const newest = [...service.revisions].sort((a, b) => b.number - a.number);
  return (
    <div className="jp-modelship-scroll">
      <table className="jp-modelship-table">
        <thead>
          <tr>
            <th>{trans.__('Revision')}</th>
            <th>{trans.__('When')}</th>
            <th className="jp-modelship-who">{trans.__('Who')}</th>
            <th className="jp-modelship-plan">{trans.__('Plan')}</th>
            <th className="jp-modelship-path">{trans.__('Notebook')}</th>
            <th>
              <span className="jp-modelship-unseen">{trans.__('Actions')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {newest.map(one => (
            <Line key={one.number} {...props} revision={one} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Line(props: IHistoryProps & { revision: IRevision }): JSX.Element {
  const { revision, service, trans } = props;
  const live = revision.number === service.revision;
  const same = !live && revision.bundle_digest === liveDigest(service);
  return (
    <tr className={live ? 'jp-mod-live' : undefined}>
      <td>
        {revision.number}
        {live ? (
          <span className="jp-modelship-tag">{trans.__('live')}</span>
        ) : null}
        {same ? (
          <span className="jp-modelship-tag">{trans.__('same as live')}</span>
        ) : null}
        {revision.origin !== null ? (
          <span className="jp-modelship-tag">
            {trans.__('was %1', revision.origin)}
          </span>
        ) : null}
        {revision.why ? (
          <div>
            {trans.__(
              'back, since the next one failed: %1',
              plain(revision.why)
            )}
          </div>
        ) : null}
      </td>
      <td title={revision.when}>
        {new Date(revision.when).toLocaleString(language(), WHEN)}
      </td>
      <td className="jp-modelship-who">{plain(revision.who)}</td>
      <td className="jp-modelship-plan" title={revision.plan_digest}>
        <code>{short(revision.plan_digest)}</code>
      </td>
      <td className="jp-modelship-path" title={plain(service.path ?? '')}>
        {plain(service.path ?? '')}
      </td>
      <td className="jp-modelship-actions">
        <LineButtons {...props} live={live || same} />
      </td>
    </tr>
  );
}

function liveDigest({ revision, revisions }: IService): string | undefined {
  return revisions.find(one => one.number === revision)?.bundle_digest;
}

const WHEN: Intl.DateTimeFormatOptions = {
  dateStyle: 'medium',
  timeStyle: 'short'
};

function language(): string | undefined {
  return document.documentElement.lang || undefined;
}

function LineButtons(
  /** `live`: what it is made of runs, under this number or another. */
  props: IHistoryProps & { revision: IRevision; live: boolean }
): JSX.Element {
  const { revision, service, model, actions, live, trans } = props;
  const number = revision.number;
  const free =
    !model.away &&
    !model.deleted &&
    actions.busy(service.service) === null &&
    !active(service.run);
  return (
    <>
      <Button
        className="jp-modelship-secondary"
        aria-label={trans.__('Provenance of revision %1', number)}
        onClick={() => {
          model.examined = number;
          model.tab = 'provenance';
        }}
      >
        {trans.__('Provenance')}
      </Button>
      {live ? null : (
        <>
          <Button
            className="jp-modelship-secondary"
            aria-label={trans.__('Compare revision %1', number)}
            onClick={() => {
              model.compared = number;
            }}
          >
            {trans.__('Compare')}
          </Button>
          <Button
            className="jp-modelship-secondary"
            aria-label={trans.__('Roll back to revision %1', number)}
            disabled={!free}
            onClick={() => void actions.ask('rollback', service, number)}
          >
            {trans.__('Roll back…')}
          </Button>
        </>
      )}
    </>
  );
}
