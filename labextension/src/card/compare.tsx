import { Button } from '@jupyterlab/ui-components';
import * as React from 'react';

import { plain } from '../core/plain';
import type { IFile, IService } from '../wire';
import type { IMeans } from './means';
import { Trouble } from './parts';

type ICompareProps = IMeans & { service: IService; revision: number };

/** The files of an older revision beside the live one's: what going back would change. */
export function Compare(props: ICompareProps): JSX.Element {
  const { model, service, revision, trans } = props;
  const { value, problem } = model.files;
  const changed = value?.filter(one => one.text !== one.live) ?? [];
  return (
    <div className="jp-modelship-scroll">
      <div className="jp-modelship-bar">
        <Button
          className="jp-modelship-secondary"
          onClick={() => {
            model.compared = null;
          }}
        >
          {trans.__('Back')}
        </Button>
        <span>
          {trans.__(
            'Live revision %1 on the left, revision %2 on the right',
            service.revision,
            revision
          )}
        </span>
      </div>
      {problem ? <Trouble problem={problem} trans={trans} /> : null}
      {value === null && !problem ? (
        <p className="jp-modelship-card-note">{trans.__('Reading files…')}</p>
      ) : null}
      {value && !changed.length ? (
        <p className="jp-modelship-card-note">
          {trans.__('Both are made of the same files.')}
        </p>
      ) : null}
      {changed.map(file => (
        <section key={file.name} aria-label={plain(file.name)}>
          <h2>{plain(file.name)}</h2>
          <Difference {...props} file={file} />
        </section>
      ))}
    </div>
  );
}

/** Both texts beside each other; the editor is loaded when it is first needed. */
function Difference(props: ICompareProps & { file: IFile }): JSX.Element {
  const { file, service, revision, trans } = props;
  const host = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    const node = host.current;
    let left = false;
    let view: { destroy(): void } | null = null;
    void import('./difference').then(({ difference }) => {
      if (node !== null && !left) {
        view = difference(node, file, {
          live: trans.__('Revision %1, live', service.revision),
          other: trans.__('Revision %1', revision)
        });
      }
    });
    return () => {
      left = true;
      view?.destroy();
    };
  }, [file]);
  return <div ref={host} className="jp-modelship-difference" />;
}
