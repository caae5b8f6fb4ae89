import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import { short, size } from '../core/format';
import { plain, plainLines } from '../core/plain';
import type { IProvenance, IService, Json } from '../wire';
import { listOf, type Obj, objectOf, textOf } from './contract';
import { indented, spaced } from './json';
import type { IMeans } from './means';
import { CopyButton, Trouble } from './parts';

type IProvenanceProps = IMeans & { service: IService };

/** What went into a revision, and whether it could be made again from that. */
export function Provenance(props: IProvenanceProps): JSX.Element {
  const { model, trans } = props;
  const { value, problem, loading } = model.provenance;
  return (
    <div className="jp-modelship-provenance">
      <Which {...props} />
      {problem ? <Trouble problem={problem} trans={trans} /> : null}
      {value ? (
        <div className={loading ? 'jp-modelship-old' : undefined}>
          <Again {...props} found={value} />
          <Record {...props} record={objectOf(value.record)} />
        </div>
      ) : problem ? null : (
        <p className="jp-modelship-card-note">
          {trans.__('Reading the record…')}
        </p>
      )}
    </div>
  );
}

function Which(props: IProvenanceProps): JSX.Element {
  const { model, service, trans } = props;
  return (
    <label className="jp-modelship-bar">
      {trans.__('Revision')}
      <HTMLSelect
        value={model.examined ?? service.revision}
        onChange={event => {
          model.examined = Number(event.target.value);
        }}
      >
        {[...service.revisions].reverse().map(({ number }) => (
          <option key={number} value={number}>
            {number === service.revision
              ? trans.__('%1, live', number)
              : String(number)}
          </option>
        ))}
      </HTMLSelect>
    </label>
  );
}

function Again(props: IMeans & { found: IProvenance }): JSX.Element {
  const { found, trans } = props;
  if (found.retrainable) {
    return (
      <p className="jp-modelship-good">
        ✓ {trans.__('It can be made again from what is recorded.')}
      </p>
    );
  }
  return (
    <div>
      <p>
        △{' '}
        {trans.__(
          'It cannot be made again from what is recorded. In the way stands:'
        )}
      </p>
      <ul>
        {found.blockers.map(one => (
          <li key={one}>{plain(one)}</li>
        ))}
      </ul>
    </div>
  );
}

function Record(props: IMeans & { record: Obj }): JSX.Element {
  const { record, actions, trans } = props;
  const text = indented(record);
  return (
    <>
      <dl className="jp-modelship-facts">
        {facts(record, props).map(([name, lines]) => (
          <React.Fragment key={name}>
            <dt>{name}</dt>
            <dd>
              {lines.map((line, at) => (
                <div key={at}>{plain(line)}</div>
              ))}
            </dd>
          </React.Fragment>
        ))}
      </dl>
      <details>
        <summary>{trans.__('The whole record')}</summary>
        <div className="jp-modelship-bar">
          <span className="jp-modelship-space" />
          <CopyButton
            label={trans.__('Copy record')}
            onCopy={() => actions.copy(text)}
          />
        </div>
        <pre className="jp-modelship-pre">{plainLines(text)}</pre>
      </details>
    </>
  );
}

/** What a person asks first, in words; what the record does not have is left out. */
function facts(record: Obj, { trans }: IMeans): [string, string[]][] {
  const git = objectOf(record.git);
  const commit = textOf(git.commit);
  const rows: [string, string[]][] = [
    [trans.__('Notebook'), [file(objectOf(record.notebook))]],
    [
      trans.__('Git commit'),
      commit
        ? [git.dirty === true ? trans.__('%1, with changes', commit) : commit]
        : []
    ],
    [trans.__('Who'), [textOf(record.who)]],
    [trans.__('When'), when(record.when)],
    [trans.__('Python'), [textOf(record.python)]],
    [trans.__('Plan'), [textOf(record.plan_digest)]],
    [trans.__('Bundle'), [textOf(record.bundle_digest)]],
    [trans.__('Lock'), [textOf(record.lock_digest)]],
    [trans.__('Artifacts'), listOf(record.artifacts).map(objectOf).map(file)],
    [trans.__('Files read'), listOf(record.reads).map(objectOf).map(file)],
    [trans.__('Parameters'), pairs(record.parameters)],
    [trans.__('Examples proved'), [proved(record, trans)]],
    [trans.__('Versions'), pairs(record.versions)],
    [trans.__('Overridden findings'), pairs(record.overrides)]
  ];
  return rows
    .map(([name, lines]): [string, string[]] => [name, lines.filter(Boolean)])
    .filter(([, lines]) => lines.length);
}

/** "2", "2, on linux/arm64", "0: unproven on linux/arm64". */
function proved(record: Obj, trans: IMeans['trans']): string {
  const count = spaced(record.examples ?? null);
  const platform = textOf(record.platform);
  if (platform === '') {
    return count;
  }
  return record.examples === 0
    ? trans.__('%1: unproven on %2', count, platform)
    : trans.__('%1, on %2', count, platform);
}

function file(one: Obj): string {
  const name = textOf(one.path) || textOf(one.name);
  const bytes = typeof one.size === 'number' ? size(one.size) : '';
  const digest = textOf(one.sha256);
  return [name, bytes, digest && `sha256 ${short(digest)}…`]
    .filter(Boolean)
    .join(' · ');
}

function when(seconds: Json | undefined): string[] {
  return typeof seconds === 'number'
    ? [new Date(seconds * 1000).toLocaleString()]
    : [];
}

function pairs(value: Json | undefined): string[] {
  return Object.entries(objectOf(value)).map(
    ([name, one]) => `${name} ${typeof one === 'string' ? one : spaced(one)}`
  );
}
