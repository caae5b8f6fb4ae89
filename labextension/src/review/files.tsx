import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import React, { useEffect, useMemo, useState } from 'react';

import { plain } from '../core/plain';
import type { IFile } from '../wire';
import type { CodeView } from './codeview';
import { useReview } from './context';
import { FileView, type ILit } from './fileview';
import { change, type IPlace, Links, ordered } from './links';

interface IFilesProps {
  files: readonly IFile[];
  /** Number of the live revision to compare with; null on a first deploy. */
  live: number | null;
  lit: ILit | null;
  onOver(place: IPlace | null): void;
  onChosen(place: IPlace): void;
}

/** The files that would ship; those that did not change are folded. */
export function Files(props: IFilesProps): JSX.Element {
  const { trans } = useReview();
  const [mode, setMode] = useState<CodeView.Mode>('unified');
  const [fold, setFold] = useState(true);
  const { live } = props;
  return (
    <section
      className="jp-modelship-Review-files"
      aria-label={trans.__('Files')}
    >
      <header className="jp-modelship-Review-bar">
        <h3>{trans.__('Files')}</h3>
        {live === null ? (
          <span>{trans.__('first revision')}</span>
        ) : (
          <>
            <span>{trans.__('against live revision %1', live)}</span>
            <label>
              <input
                type="checkbox"
                checked={fold}
                onChange={event => setFold(event.target.checked)}
              />
              {trans.__('Fold unchanged')}
            </label>
            <Modes mode={mode} onMode={setMode} />
          </>
        )}
      </header>
      {ordered(props.files).map(file => (
        <FileSection
          {...props}
          key={file.name}
          file={file}
          mode={live === null ? 'plain' : mode}
          fold={fold}
        />
      ))}
    </section>
  );
}

function Modes(props: {
  mode: CodeView.Mode;
  onMode(mode: CodeView.Mode): void;
}): JSX.Element {
  const { trans } = useReview();
  const choices: [CodeView.Mode, string][] = [
    ['unified', trans.__('Unified')],
    ['split', trans.__('Side by side')]
  ];
  return (
    <span
      role="group"
      aria-label={trans.__('How changes are shown')}
      className="jp-modelship-Review-modes"
    >
      {choices.map(([mode, label]) => (
        <button
          key={mode}
          aria-pressed={props.mode === mode}
          onClick={() => props.onMode(mode)}
        >
          {label}
        </button>
      ))}
    </span>
  );
}

type IFileSectionProps = IFilesProps & {
  file: IFile;
  mode: CodeView.Mode;
  fold: boolean;
};

function FileSection(props: IFileSectionProps): JSX.Element {
  const { file, live } = props;
  const [chosen, setChosen] = useState<boolean | null>(null);
  const links = useMemo(() => new Links(file.source_map), [file.source_map]);
  const pointed =
    props.lit?.show === true && links.lines(props.lit.cell).length > 0;
  useEffect(() => {
    if (pointed) {
      setChosen(true);
    }
  }, [pointed]);
  const open = chosen ?? opensItself(file, live);
  const Caret = open ? caretDownIcon : caretRightIcon;
  return (
    <div className="jp-modelship-Review-file">
      <button
        className="jp-modelship-Review-fileName"
        aria-expanded={open}
        onClick={() => setChosen(!open)}
      >
        <Caret.react tag="span" />
        <span>{plain(file.name)}</span>
        <Changed file={file} live={live} />
      </button>
      {open && (
        <FileView
          {...props}
          links={links}
          mode={file.live === null ? 'plain' : props.mode}
        />
      )}
    </div>
  );
}

/** On a first deploy the code alone; later, what changed. */
function opensItself(file: IFile, live: number | null): boolean {
  return live === null || file.name === 'service.py'
    ? file.name === 'service.py'
    : change(file) !== 'same';
}

function Changed(props: {
  file: IFile;
  live: number | null;
}): JSX.Element | null {
  const { trans } = useReview();
  if (props.live === null) {
    return null;
  }
  const words = {
    same: trans.__('unchanged'),
    changed: trans.__('changed'),
    new: trans.__('new'),
    gone: trans.__('gone')
  };
  const kind = change(props.file);
  return <em data-change={kind}>{words[kind]}</em>;
}
