import type { Kernel } from '@jupyterlab/services';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import { CommandIDs } from '../commands';
import { saved } from '../commands/saving';
import { announce } from '../core/live';
import { serverPath } from '../core/paths';
import { plain } from '../core/plain';
import { Problem } from '../core/problem';
import type { ILook, Options } from '../wire';
import type { Deployment, Phase } from './deployment';
import type { IIntent } from './intent';
import { story } from './story';
import type { ITargetParts } from './target';

/** Targets that go live without a question where `--yes` is given. */
const AT_ONCE = ['local'];
/** The target whose services may be somebody else's. */
const SHARED = 'kubernetes';

/** Does what a cell asks for, once. */
export class Carrier {
  constructor(private readonly _parts: ITargetParts) {}

  /** Everything that is in the way is said in the cell's output; nothing is thrown. */
  async carry(
    panel: NotebookPanel,
    intent: IIntent,
    comm: Kernel.IComm
  ): Promise<void> {
    const deployment = this._parts.deployments.hold(intent.run); // as long as the window
    new Report(comm, deployment, this._parts.trans);
    deployment.tell('reading');
    try {
      await this._carryOut(panel, intent, deployment);
    } catch (thrown) {
      const { message, remedy } = Problem.of(thrown);
      this._tell(deployment, 'refused', [message, remedy]);
    }
  }

  private async _carryOut(
    panel: NotebookPanel,
    intent: IIntent,
    deployment: Deployment
  ): Promise<void> {
    const { api, commands, notebooks, trans } = this._parts;
    const { flags, explicit, run } = intent;
    const named = explicit ? intent.notebook : '';
    const asked = await api.intent(flags, named);
    const { path: found, options, yes, fresh, take_over: over } = asked;
    const path = explicit ? found : serverPath(panel.context);
    if (path === null) {
      const text = plain(intent.notebook, 200);
      const away = trans.__(
        '%1 lies outside of the folder of JupyterLab.',
        text
      );
      return this._tell(deployment, 'refused', [away]);
    }
    if (!(await saved(notebooks, path))) {
      const text = trans.__('%1 is not saved.', plain(path, 200));
      return this._tell(deployment, 'refused', [text]);
    }
    const look = await api.look(path, options);
    if (over && look.target !== SHARED) {
      return this._tell(deployment, 'refused', [
        trans.__(
          'Only services of a cluster are taken over: those of this machine are all yours.'
        )
      ]);
    }
    if (!fresh && (await this._isLive(path, options, look))) {
      return this._tell(deployment, 'unchanged', this._unchanged(look));
    }
    const now = yes && AT_ONCE.includes(look.target);
    const more = {
      ...(fresh ? { fresh } : {}),
      ...(over ? { takeOver: true } : {})
    };
    const args = { path, options, run, ...more };
    const execute = (how: { yes?: boolean }) =>
      commands.execute(CommandIDs.deploy, { ...args, ...how });
    deployment.review = () => void execute({});
    deployment.tell('review');
    deployment.watch();
    if (now) {
      announce(run);
    }
    await execute(now ? { yes: true } : {});
  }

  /** Whether this very plan runs already. Where the code differs there is nothing to ask. */
  private async _isLive(
    path: string,
    options: Options,
    { digest, live }: ILook
  ): Promise<boolean> {
    if (live === null || live.drifted || live.state !== 'running') {
      return false;
    }
    const review = await this._parts.api.review(
      { path, digest, options },
      true
    );
    return review.unchanged;
  }

  private _unchanged({ live }: ILook): string[] {
    const name = plain(live?.service ?? '', 80);
    return [
      this._parts.trans.__(
        '%1 is live already, unchanged: revision %2.',
        name,
        live?.revision ?? 0
      )
    ];
  }

  private _tell(deployment: Deployment, phase: Phase, lines: string[]): void {
    deployment.tell(
      phase,
      lines.filter(line => line !== '').map(line => plain(line, 500))
    );
  }
}

/** Tells the kernel how it went, which keeps that with the cell. */
class Report {
  private _said = '';

  constructor(
    private readonly _comm: Kernel.IComm,
    private readonly _deployment: Deployment,
    private readonly _trans: TranslationBundle
  ) {
    _deployment.changed.connect(this._onChanged, this);
  }

  private _onChanged(): void {
    const { run, phase, lines } = this._deployment;
    if (run !== null && !run.active && run.run !== null) {
      this._say(run.state, story(run, this._trans), true);
    } else if (phase === 'unchanged' || phase === 'refused') {
      this._say(phase, lines, true);
    }
  }

  private _say(state: string, lines: string[], last: boolean): void {
    const said = JSON.stringify([state, lines]);
    if (said === this._said || this._comm.isDisposed) {
      return;
    }
    this._said = said;
    this._comm.send({ state, lines });
    if (last) {
      this._deployment.changed.disconnect(this._onChanged, this);
      void this._comm.close().done.catch(() => undefined);
    }
  }
}
