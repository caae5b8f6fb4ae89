import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import type { IApi } from '../tokens';
import type { Deployments } from './deployment';
import { intentOf, TARGET } from './intent';

export interface ITargetParts {
  api: IApi;
  commands: CommandRegistry;
  notebooks: INotebookTracker;
  deployments: Deployments;
  trans: TranslationBundle;
}

/** Takes what cells ask for as they run. Nothing else brings an intent into this window. */
export class Target {
  constructor(private readonly _parts: ITargetParts) {}

  /** From now on, also for the kernels that the notebook will have. */
  attach(panel: NotebookPanel): void {
    const register = (kernel: Kernel.IKernelConnection | null | undefined) =>
      kernel?.registerCommTarget(TARGET, (comm, message) =>
        this._opened(panel, kernel, comm, message)
      );
    panel.sessionContext.kernelChanged.connect((_, { newValue }) =>
      register(newValue)
    );
    register(panel.sessionContext.session?.kernel);
  }

  private _opened(
    panel: NotebookPanel,
    kernel: Kernel.IKernelConnection,
    comm: Kernel.IComm,
    message: KernelMessage.ICommOpenMsg
  ): void {
    const { session } = message.parent_header as { session?: string };
    const intent = intentOf(message.content.data);
    if (intent === null || session !== kernel.clientId) {
      return; // A cell that another window runs asks that window.
    }
    comm.send({ state: 'taken' });
    void import('./carry').then(({ Carrier }) =>
      new Carrier(this._parts).carry(panel, intent, comm)
    );
  }
}
