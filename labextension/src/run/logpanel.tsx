import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useMemo, useState } from 'react';

import type { Log } from './log';
import { LogView } from './logview';

interface ILogPanelProps {
  log: Log;
  trans: TranslationBundle;
  /** Where the whole log can be had; null where it is nowhere else. */
  url: string | null;
  /** Whether the log follows its newest line at first. */
  follow: boolean;
}

/** The log with what can be done to it: follow, find, copy, download. */
export function LogPanel(props: ILogPanelProps): JSX.Element {
  const { log, trans, url } = props;
  const [follow, setFollow] = useState(props.follow);
  const [wanted, setWanted] = useState('');
  const [step, setStep] = useState(0);
  const total = log.length + log.dropped;
  const hits = useMemo(() => log.find(wanted), [log, total, wanted]);
  const at = hits.length ? hits[modulo(step, hits.length)] : null;
  const move = (by: number) => {
    setFollow(false);
    setStep(step + by);
  };
  return (
    <div className="jp-modelship-Run-logPanel">
      <div className="jp-modelship-Run-tools">
        <h2>{trans.__('Log')}</h2>
        <span className="jp-modelship-Run-count">
          {trans._n('%1 line', '%1 lines', total, total)}
        </span>
        <label className="jp-modelship-Run-follow">
          {trans.__('follow')}
          <input
            type="checkbox"
            checked={follow}
            onChange={event => setFollow(event.target.checked)}
          />
        </label>
        <Find
          trans={trans}
          wanted={wanted}
          position={hits.length ? modulo(step, hits.length) + 1 : 0}
          hits={hits.length}
          setWanted={text => {
            setWanted(text);
            setStep(0);
            setFollow(follow && text === '');
          }}
          move={move}
        />
        <button
          className="jp-modelship-Run-tool"
          onClick={() => Clipboard.copyToSystem(log.text())}
        >
          {trans.__('copy')}
        </button>
        {url === null ? null : (
          <a
            className="jp-modelship-Run-tool"
            href={url}
            download
            target="_blank"
            rel="noreferrer"
          >
            {trans.__('download')}
          </a>
        )}
      </div>
      {log.dropped > 0 && url !== null && (
        <p className="jp-modelship-Run-dropped">
          {trans._n(
            '%1 earlier line is in the downloaded log only.',
            '%1 earlier lines are in the downloaded log only.',
            log.dropped,
            log.dropped
          )}
        </p>
      )}
      <LogView
        log={log}
        trans={trans}
        follow={follow}
        setFollow={setFollow}
        wanted={wanted}
        at={at}
      />
    </div>
  );
}

interface IFindProps {
  trans: TranslationBundle;
  wanted: string;
  position: number;
  hits: number;
  setWanted(text: string): void;
  move(by: number): void;
}

function Find(props: IFindProps): JSX.Element {
  const { trans, wanted, position, hits, setWanted, move } = props;
  return (
    <span className="jp-modelship-Run-find" role="search">
      <input
        type="search"
        className="jp-mod-styled"
        placeholder={trans.__('find…')}
        aria-label={trans.__('Find in the log')}
        value={wanted}
        onChange={event => setWanted(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Enter') {
            move(event.shiftKey ? -1 : 1);
          } else if (event.key === 'Escape') {
            setWanted('');
          }
        }}
      />
      {wanted !== '' && (
        <span role="status" className="jp-modelship-Run-hits">
          {hits
            ? trans.__('%1 of %2', position, hits)
            : trans.__('not in the log')}
        </span>
      )}
    </span>
  );
}

function modulo(value: number, count: number): number {
  return ((value % count) + count) % count;
}
