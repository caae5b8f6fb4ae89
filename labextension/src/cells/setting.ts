import type { Cell } from '@jupyterlab/cells';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { CommandIDs } from '../commands';
import { openAt } from '../commands/saving';
import { meaning, named } from './reason';
import { ROLES, type Role, isRole, role } from './roles';
import { marked, writeRole } from './write';

/** The argument of the command: {role, cell?, path?}. */
const describedBy = {
  args: {
    type: 'object',
    properties: {
      role: {
        type: 'string',
        enum: [...ROLES, ''],
        description: 'What the cell is for; "" takes its role away'
      },
      cell: {
        type: 'string',
        description: 'Id of the cell, by default the active one'
      },
      path: {
        type: 'string',
        description: 'Path of an open notebook, by default the one in front'
      },
      isPalette: {
        type: 'boolean',
        description: 'Whether the label stands among other commands'
      }
    },
    required: ['role']
  }
};

/** Adds `modelship:set-role`. */
export function addSetRole(
  commands: CommandRegistry,
  tracker: INotebookTracker,
  trans: TranslationBundle
): void {
  commands.addCommand(CommandIDs.setRole, {
    label: args => {
      const word = named(asked(args), trans);
      return args['isPalette'] ? trans.__('Cell role: %1', word) : word;
    },
    caption: args => meaning(asked(args), trans),
    describedBy,
    isEnabled: args => isRole(args['role']) && target(tracker, args) !== null,
    isToggleable: true,
    isToggled: args => {
      const cell = target(tracker, args);
      return (
        cell !== null && role(marked(cell.model.sharedModel)) === args['role']
      );
    },
    execute: args => {
      const cell = target(tracker, args);
      if (cell && isRole(args['role'])) {
        writeRole(cell.model.sharedModel, args['role']);
      }
    }
  });
}

function asked(args: ReadonlyPartialJSONObject): Role {
  return isRole(args['role']) ? args['role'] : '';
}

/** The code cell that is meant; null where there is none, or where it cannot be changed. */
function target(
  tracker: INotebookTracker,
  args: ReadonlyPartialJSONObject
): Cell | null {
  const { cell: id, path } = args;
  const notebook = (
    path === undefined ? tracker.currentWidget : opened(tracker, path)
  )?.content;
  const cell =
    id === undefined
      ? notebook?.activeCell
      : notebook?.widgets.find(each => each.model.id === id);
  return cell && isSettable(cell) ? cell : null;
}

/** Code cells have roles; on others our words are a mistake that can only be taken away. */
export function isSettable(cell: Cell): boolean {
  const { sharedModel, type } = cell.model;
  return (
    !cell.readOnly && (type === 'code' || role(marked(sharedModel)) !== '')
  );
}

function opened(
  tracker: INotebookTracker,
  path: unknown
): NotebookPanel | undefined {
  return typeof path === 'string' ? openAt(tracker, path) : undefined;
}
