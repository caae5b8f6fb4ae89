import type { Cell } from '@jupyterlab/cells';
import { NotebookTools } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { PanelLayout } from '@lumino/widgets';
import type { Message } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import React from 'react';
import type { IBadge } from './badges';
import { RoleForm } from './form';
import { isSettable } from './setting';
import { type IMarked, route, role } from './roles';
import { marked, writeRole, writeRoute } from './write';

/** What stands at the edge of a cell, and word of its changes. */
export interface IVerdicts {
  of(cell: Cell): IBadge | undefined;
  readonly changed: ISignal<unknown, void>;
}

/** Property inspector: the role of the active cell, and what becomes of it. */
export class RoleTool extends NotebookTools.Tool {
  private _cell: Cell | null = null;
  private _view: RoleView;

  constructor(verdicts: IVerdicts, trans: TranslationBundle) {
    super();
    this.addClass('jp-modelship-role-tool');
    this._view = new RoleView(verdicts, trans);
    const layout = (this.layout = new PanelLayout());
    layout.addWidget(this._view);
  }

  protected override onActiveCellChanged(_: Message): void {
    this._cell?.model?.contentChanged.disconnect(this._onContent, this);
    this._cell = this.notebookTools.activeCell;
    this._cell?.model.contentChanged.connect(this._onContent, this);
    this._view.cell = this._cell;
  }

  protected override onActiveCellMetadataChanged(_: Message): void {
    this._view.update();
  }

  private _onContent(): void {
    this._view.edited();
  }
}

class RoleView extends ReactWidget {
  private _cell: Cell | null = null;
  private _said: IMarked = { tags: [], source: '' };

  constructor(
    private readonly _verdicts: IVerdicts,
    private readonly _trans: TranslationBundle
  ) {
    super();
    _verdicts.changed.connect(this.update, this);
  }

  set cell(cell: Cell | null) {
    this._cell = cell;
    this.update();
  }

  /** The text of the cell changed: its first line may say another role. */
  edited(): void {
    const before = this._said;
    if (
      this._cell?.model &&
      role(marked(this._cell.model.sharedModel)) !== role(before)
    ) {
      this.update();
    }
  }

  override dispose(): void {
    Signal.clearData(this);
    super.dispose();
  }

  protected override render(): JSX.Element | null {
    const cell = this._cell;
    if (!cell?.model || !isSettable(cell)) {
      return <p>{this._trans.__('Code cells have a role in a service.')}</p>;
    }
    const shared = cell.model.sharedModel;
    const said = (this._said = marked(shared));
    return (
      <RoleForm
        key={cell.model.id}
        role={role(said)}
        route={route(said)}
        badge={this._verdicts.of(cell)}
        onRole={wanted => writeRole(shared, wanted)}
        onRoute={wanted => writeRoute(shared, wanted)}
        trans={this._trans}
      />
    );
  }
}
