import type { TranslationBundle } from '@jupyterlab/translation';

import { withoutPlace } from '../core/format';
import { plain } from '../core/plain';
import type { RunState } from '../wire';
import type { RunModel } from './model';
import type { IStage } from './stages';

/** A stage by the name that people know it by. */
export function stageName(name: string, trans: TranslationBundle): string {
  const names: { [name: string]: string } = {
    extract: trans.__('Extract'),
    plan: trans.__('Plan'),
    lock: trans.__('Lock'),
    rehearse: trans.__('Rehearse'),
    render: trans.__('Render'),
    prove: trans.__('Prove'),
    build: trans.__('Build'),
    push: trans.__('Push'),
    release: trans.__('Release'),
    deploy: trans.__('Deploy'),
    confirm: trans.__('Confirm')
  };
  return names[name] ?? plain(name, 40);
}

/** What a stage is, where something is said of it. */
function stageNoun(name: string, trans: TranslationBundle): string {
  const nouns: { [name: string]: string } = {
    extract: trans.__('Extraction'),
    rehearse: trans.__('Rehearsal'),
    render: trans.__('Rendering'),
    prove: trans.__('Proof'),
    deploy: trans.__('Deployment'),
    confirm: trans.__('Confirmation')
  };
  return nouns[name] ?? stageName(name, trans);
}

/** What a stage does, in a word. */
export function stageWord(
  state: IStage['state'],
  trans: TranslationBundle
): string {
  return {
    waiting: trans.__('waiting'),
    started: trans.__('running'),
    done: trans.__('done'),
    failed: trans.__('failed'),
    skipped: trans.__('skipped'),
    stopped: trans.__('stopped')
  }[state];
}

/** What happens in a stage while it runs. */
function stageSentence(name: string, trans: TranslationBundle): string {
  const sentences: { [name: string]: string } = {
    extract: trans.__('what the endpoints need is read from the notebook.'),
    lock: trans.__('each package gets its exact version.'),
    rehearse: trans.__('the cells that are needed run in a clean kernel.'),
    prove: trans.__('the service answers the examples, and is compared.'),
    build: trans.__('the image is made.'),
    push: trans.__('the image goes to its registry.'),
    deploy: trans.__('the new revision takes over.'),
    confirm: trans.__('a real request has to be answered.')
  };
  return sentences[name] ?? trans.__('running.');
}

/** The state of a run, in a word. */
export function stateWord(state: RunState, trans: TranslationBundle): string {
  return {
    queued: trans.__('Queued'),
    running: trans.__('Running'),
    succeeded: trans.__('Succeeded'),
    failed: trans.__('Failed'),
    cancelled: trans.__('Cancelled'),
    interrupted: trans.__('Interrupted')
  }[state];
}

/** What the run is of: its service and where that goes. */
export function heading(model: RunModel, trans: TranslationBundle): string {
  const service = model.result?.service ?? model.run?.service;
  if (!service) {
    return trans.__('Run');
  }
  const name = plain(service, 80);
  const target = plain(model.result?.target ?? model.run?.target ?? '', 80);
  return model.result
    ? trans.__('%1, revision %2 → %3', name, model.result.revision, target)
    : trans.__('%1 → %2', name, target);
}

/** The same, as short as the tab that it is for. */
export function title(
  { result, run }: RunModel,
  trans: TranslationBundle
): string {
  const service = result?.service ?? run?.service;
  if (!service) {
    return trans.__('Run');
  }
  const name = plain(service, 80);
  return result
    ? trans.__('Run: %1, %2', name, result.revision)
    : trans.__('Run: %1', name);
}

/** What a stage that runs is at. */
function doing(stage: IStage, trans: TranslationBundle): string {
  if (stage.doing) {
    const { number, first } = stage.doing;
    return trans.__('cell %1, %2', number, plain(first, 120));
  }
  if (!stage.step) {
    return stageSentence(stage.name, trans);
  }
  const { name, percent } = stage.step;
  return percent === null
    ? plain(name, 120)
    : trans.__('%1, %2 %', plain(name, 120), Math.round(percent));
}

/** How it stands, in one line; screen readers say it when it changes. */
export function status(model: RunModel, trans: TranslationBundle): string {
  const running = model.stages.running;
  if (model.state === 'running' && running) {
    const name = stageName(running.name, trans);
    return `${name}: ${doing(running, trans)}`;
  }
  if (model.state === 'succeeded') {
    return success(model, trans);
  }
  return {
    queued: trans.__('It waits for its worker.'),
    running: trans.__('The next stage begins.'),
    failed: trans.__('Nothing that was live has changed.'),
    cancelled: trans.__('Nothing that was live has changed.'),
    interrupted: trans.__('The server takes it up again.')
  }[model.state];
}

function success(model: RunModel, trans: TranslationBundle): string {
  const { result, run, stages } = model;
  if (run?.until === 'prove') {
    return trans.__('Rehearsed and proved. Nothing went live.');
  }
  if (result?.unchanged) {
    return trans.__('This plan was live already: nothing was done.');
  }
  if (result?.unproven) {
    return trans.__(
      'It is live, and unproven: no example was there to be compared.'
    );
  }
  const proof = plain(stages.of('prove').summary, 200);
  return proof
    ? `${trans.__('It is live.')} ${proof}.`
    : trans.__('It is live.');
}

/** What failed, without the place that `failure` names already. */
export function reason(model: RunModel): string {
  const message = model.error?.message ?? '';
  return model.numberOf(model.error?.cell ?? null) === null
    ? message
    : withoutPlace(message);
}

/** Where and in which stage a run failed, as a heading. */
export function failure(model: RunModel, trans: TranslationBundle): string {
  const stage = model.stages.failed;
  const name = stage ? stageNoun(stage.name, trans) : '';
  const number = model.numberOf(model.error?.cell ?? null);
  const line = model.error?.line ?? null;
  if (number !== null && line !== null) {
    return name
      ? trans.__('%1 failed in cell %2, line %3', name, number, line)
      : trans.__('The run failed in cell %1, line %2', number, line);
  }
  if (number !== null) {
    return name
      ? trans.__('%1 failed in cell %2', name, number)
      : trans.__('The run failed in cell %1', number);
  }
  return name ? trans.__('%1 failed', name) : trans.__('The run failed');
}
