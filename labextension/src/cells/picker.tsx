import type { Cell } from '@jupyterlab/cells';
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  MenuSvg,
  ReactWidget,
  ToolbarButtonComponent,
  addToolbarButtonClass
} from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import type { Menu } from '@lumino/widgets';
import React from 'react';
import { CommandIDs } from '../commands';
import { roleIcon } from './icon';
import { ROLES, type Role, role } from './roles';
import { isSettable } from './setting';
import { marked } from './write';

/** Cell toolbar: what the cell is for, and a menu of what it could be for. */
export class RolePicker extends ReactWidget {
  private _menu: Menu;
  private _role: Role | undefined;

  constructor(
    private readonly _cell: Cell,
    commands: CommandRegistry,
    private readonly _trans: TranslationBundle
  ) {
    super();
    addToolbarButtonClass(this);
    this.addClass('jp-modelship-role');
    this._menu = new MenuSvg({ commands, renderer: RENDERER });
    this._menu.addClass('jp-modelship-role-menu');
    this._menu.title.label = _trans.__('Role of this cell');
    this._menu.aboutToClose.connect(this._onClose, this);
    _cell.model.metadataChanged.connect(this._read, this);
    _cell.model.contentChanged.connect(this._read, this);
    this._read();
  }

  override dispose(): void {
    this._menu.dispose();
    super.dispose();
  }

  protected override render(): JSX.Element {
    const label = this._role
      ? this._trans.__('Role: %1', this._role)
      : undefined;
    return (
      <ToolbarButtonComponent
        icon={roleIcon}
        label={label}
        tooltip={this._trans.__('Role of this cell')}
        aria-haspopup="menu"
        aria-expanded={this._menu.isAttached}
        onClick={this._open}
      />
    );
  }

  protected override onBeforeAttach(msg: Message): void {
    this.node.addEventListener('keydown', keep);
    super.onBeforeAttach(msg);
  }

  protected override onAfterDetach(msg: Message): void {
    this.node.removeEventListener('keydown', keep);
    super.onAfterDetach(msg);
  }

  private _read(): void {
    const now = role(marked(this._cell.model.sharedModel));
    if (now !== this._role) {
      this._role = now;
      this.setHidden(!isSettable(this._cell));
      this.update();
    }
  }

  private _open = (): void => {
    if (this._menu.isAttached) {
      return; // The Enter key comes as a key and as a click.
    }
    const cell = this._cell.model.id;
    this._menu.clearItems();
    for (const each of [...ROLES, '']) {
      this._menu.addItem({
        command: CommandIDs.setRole,
        args: { role: each, cell }
      });
    }
    const { left, bottom } = this.node.getBoundingClientRect();
    this._menu.open(left, bottom);
    this.update();
  };

  private _onClose(): void {
    this.update();
    this.node.querySelector<HTMLElement>('jp-button')?.focus();
  }
}

/** The keys that press a button are no shortcuts of the notebook around it. */
function keep(event: KeyboardEvent): void {
  if (event.key === 'Enter' || event.key === ' ') {
    event.stopPropagation();
  }
}

/** Puts the caption of a command where others have their keys. */
class Meanings extends MenuSvg.Renderer {
  override formatShortcut(data: Menu.IRenderData): string {
    return data.item.caption;
  }
}

const RENDERER = new Meanings();
