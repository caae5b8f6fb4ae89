import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useEffect, useState } from 'react';

import { duration } from '../core/format';
import { plain } from '../core/plain';
import { GLYPHS, type IStage } from './stages';
import { stageName, stageWord } from './words';

interface IStageListProps {
  stages: readonly IStage[];
  trans: TranslationBundle;
}

/** The stages of a run in a row: shape, name, time. */
export function StageList({ stages, trans }: IStageListProps): JSX.Element {
  return (
    <ol className="jp-modelship-Run-stages" aria-label={trans.__('Stages')}>
      {stages.map(stage => (
        <Stage key={stage.name} stage={stage} trans={trans} />
      ))}
    </ol>
  );
}

function Stage(props: {
  stage: IStage;
  trans: TranslationBundle;
}): JSX.Element {
  const { stage, trans } = props;
  const name = stageName(stage.name, trans);
  const word = stageWord(stage.state, trans);
  const summary = plain(stage.summary, 200);
  return (
    <li
      className={`jp-modelship-Run-stage jp-mod-${stage.state}`}
      title={summary ? `${word}: ${summary}` : word}
      aria-current={stage.state === 'started' ? 'step' : undefined}
    >
      <span className="jp-modelship-Run-glyph" aria-hidden="true">
        {GLYPHS[stage.state]}
      </span>
      <span className="jp-modelship-Run-name">{name}</span>{' '}
      <span className="jp-modelship-Run-word">{word}</span>
      {stage.state === 'started' ? (
        <Clock since={stage.since} />
      ) : (
        stage.seconds !== null && (
          <span className="jp-modelship-Run-time">
            {duration(stage.seconds)}
          </span>
        )
      )}
    </li>
  );
}

/** Seconds since a moment, each second. Clocks differ: it never runs backwards from zero. */
function Clock({ since }: { since: number }): JSX.Element {
  const [now, setNow] = useState(Date.now() / 1000);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1000), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(Math.round(now - since), 0);
  return (
    <span className="jp-modelship-Run-time" aria-hidden="true">
      {seconds < 60 ? `${seconds} s` : duration(seconds)}
    </span>
  );
}
