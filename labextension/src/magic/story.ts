import type { TranslationBundle } from '@jupyterlab/translation';

import { duration } from '../core/format';
import { plain } from '../core/plain';
import { begun } from '../core/prose';
import type { RunModel } from '../run/model';
import { GLYPHS, type IStage } from '../run/stages';
import { failure, heading, reason, stageName, status } from '../run/words';

/** A run in lines, as the terminal has them: what stays in the notebook. It holds no token. */
export function story(model: RunModel, trans: TranslationBundle): string[] {
  const stages = model.stages.shown.filter(stage => stage.state !== 'waiting');
  const lines = [
    heading(model, trans),
    ...stages.map(stage => told(stage, trans))
  ];
  if (model.error) {
    lines.push(failure(model, trans), begun(plain(reason(model), 400)));
    if (model.error.remedy) {
      lines.push(trans.__('Next: %1', plain(model.error.remedy, 400)));
    }
    return lines;
  }
  const { result } = model;
  const live = model.state === 'succeeded' && model.run?.until !== 'prove';
  if (!live || !result?.url || result.unchanged) {
    lines.push(status(model, trans));
  }
  if (live && result?.url) {
    const name = plain(result.service, 80);
    lines.push(trans.__('%1 is live: %2', name, plain(result.url, 200)));
  }
  return lines;
}

function told(stage: IStage, trans: TranslationBundle): string {
  const time = stage.seconds === null ? '' : duration(stage.seconds);
  const name = stageName(stage.name, trans);
  const summary = plain(stage.summary, 200);
  return `  ${GLYPHS[stage.state]} ${name.padEnd(9)} ${time.padStart(8)}  ${summary}`.trimEnd();
}
