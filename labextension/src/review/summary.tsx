import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { size } from '../core/format';
import { plain } from '../core/plain';
import type { IReview } from '../wire';
import { useReview } from './context';

/** Dependencies, permissions and size of what would ship. */
export function Summary(props: { review: IReview }): JSX.Element {
  const { trans } = useReview();
  const { review } = props;
  return (
    <section
      className="jp-modelship-Review-section"
      aria-label={trans.__('What it needs')}
    >
      <h3>{trans.__('What it needs')}</h3>
      <dl className="jp-modelship-Review-facts">
        <dt>{trans.__('Packages')}</dt>
        <dd>
          {review.complete ? (
            <Packages review={review} />
          ) : (
            trans.__('being pinned…')
          )}
        </dd>
        <AtBuild review={review} />
        <dt>{trans.__('Variables')}</dt>
        <dd>{names(review.permissions.env, trans)}</dd>
        <dt>{trans.__('Secrets')}</dt>
        <dd>{names(review.permissions.secrets, trans)}</dd>
        <dt>{trans.__('Files it reads')}</dt>
        <dd>{names(review.permissions.reads, trans)}</dd>
        <dt>{trans.__('Hosts it asks')}</dt>
        <dd>{names(review.permissions.hosts, trans)}</dd>
        <dt>{trans.__('Artifacts')}</dt>
        <dd>
          <Artifacts review={review} />
        </dd>
        <dt>{trans.__('Size')}</dt>
        <dd>{sizes(review, trans)}</dd>
      </dl>
    </section>
  );
}

function Packages(props: { review: IReview }): JSX.Element {
  const { trans } = useReview();
  const { packages, lock_source: source } = props.review;
  if (packages.length === 0) {
    return <>{trans.__('none')}</>;
  }
  return (
    <details>
      <summary>
        {trans._n(
          '%1 package, as %2 has it',
          '%1 packages, as %2 has them',
          packages.length,
          source === 'kernel' ? trans.__('the kernel') : plain(source)
        )}
      </summary>
      <ul className="jp-modelship-Review-packages">
        {packages.map(([name, version]) => (
          <li key={name}>
            {plain(name)} {plain(version)}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The exceptions to a build in which nothing runs, where there are any. */
function AtBuild(props: { review: IReview }): JSX.Element | null {
  const { trans } = useReview();
  const { sources, options } = props.review;
  const debian = Array.isArray(options.apt) ? options.apt.map(String) : [];
  if (sources.length === 0 && debian.length === 0) {
    return null;
  }
  const told = [
    ...sources.map(one =>
      trans.__('%1 %2, from %3', one.name, one.version, one.reference)
    ),
    ...debian.map(name => trans.__('%1, a Debian package', name))
  ];
  return (
    <>
      <dt>{trans.__('Runs code at build')}</dt>
      <dd>
        <ul className="jp-modelship-Review-atBuild">
          {told.map(one => (
            <li key={one}>{plain(one)}</li>
          ))}
        </ul>
      </dd>
    </>
  );
}

function Artifacts(props: { review: IReview }): JSX.Element {
  const { trans } = useReview();
  const { artifacts, computed } = props.review;
  if (artifacts.length > 0) {
    const told = artifacts.map(
      one => `${one.name} (${one.format}, ${size(one.size)})`
    );
    return <>{plain(told.join(', '))}</>;
  }
  return <>{names(computed, trans)}</>;
}

function names(all: readonly string[], trans: TranslationBundle): string {
  return all.length === 0 ? trans.__('none') : plain(all.join(', '));
}

function sizes(review: IReview, trans: TranslationBundle): string {
  const { packages, artifacts, code } = review.size;
  const unknown = trans.__('not known yet');
  return trans.__(
    'code %1, artifacts %2, packages %3',
    size(code),
    artifacts === null ? unknown : size(artifacts),
    packages === null ? unknown : size(packages)
  );
}
