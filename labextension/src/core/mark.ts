import { StateEffect, StateField } from '@codemirror/state';
import type {
  EditorState,
  Extension,
  Range,
  Transaction
} from '@codemirror/state';
import { Decoration, EditorView, WidgetType } from '@codemirror/view';
import type { DecorationSet } from '@codemirror/view';
import type { Cell } from '@jupyterlab/cells';
import type { CodeEditor } from '@jupyterlab/codeeditor';
import { plain } from './plain';

/** What is said about one line of a cell. Marks travel with their line while the text is edited. */
export interface IMark {
  /** 1-based; the first or the last line where the cell has no such line. */
  line: number;
  /** `failure`: a red bar. `place`: the line that somebody asked for. */
  kind: 'failure' | 'place';
  /** Said below the line, with `detail` behind it; nothing is where it is empty. */
  message?: string;
  detail?: string;
  /** A button beside the message. */
  dismiss?: { label: string; run: () => void };
}

const MESSAGE_LIMIT = 400;

/** Puts `owner`'s marks on a cell in place of its earlier ones; [] takes them away.
 *
 * A line that is marked again stays where edits have moved it to. Where they have replaced it, what
 * failed is not there any more: nothing is marked until that owner has taken all its marks away.
 * A cell that was never in view has no editor yet: it gets the newest marks when it has one. */
export function mark(cell: Cell, owner: string, marks: readonly IMark[]): void {
  const wanted = waiting.get(cell);
  if (wanted) {
    wanted.set(owner, marks);
    return;
  }
  const view = cell.editor && viewOf(cell.editor);
  if (view) {
    markView(view, owner, marks);
    return;
  }
  const first = new Map([[owner, marks]]);
  waiting.set(cell, first);
  void cell.ready.then(() => {
    waiting.delete(cell);
    first.forEach((latest, of) => !cell.isDisposed && mark(cell, of, latest));
  });
}

/** The same for an editor alone. */
export function markView(
  view: EditorView,
  owner: string,
  marks: readonly IMark[]
): void {
  const known = view.state.field(field, false);
  if (!known && marks.length === 0) {
    return;
  }
  const effects: StateEffect<unknown>[] = [replace.of({ owner, marks })];
  if (!known) {
    effects.unshift(StateEffect.appendConfig.of(marking));
  }
  view.dispatch({ effects });
}

/** The lines that `owner` has marked, as they stand after the edits since. */
export function markedLines(state: EditorState, owner: string): number[] {
  const lines: number[] = [];
  state
    .field(field, false)
    ?.get(owner)
    ?.set.between(0, state.doc.length, from => {
      const line = state.doc.lineAt(from).number;
      if (lines[lines.length - 1] !== line) {
        lines.push(line);
      }
    });
  return lines;
}

const waiting = new WeakMap<Cell, Map<string, readonly IMark[]>>();

const replace = StateEffect.define<{
  owner: string;
  marks: readonly IMark[];
}>();

interface IOwned {
  set: DecorationSet;
  /** Numbers of lines that were marked as failed, and replaced since. */
  gone: ReadonlySet<number>;
}

type Sets = ReadonlyMap<string, IOwned>;

/** Block widgets may only come from a field, since they change where lines stand. */
const field = StateField.define<Sets>({
  create: () => new Map(),
  update: moved,
  provide: of =>
    EditorView.decorations.computeN([of], state => [
      ...[...state.field(of).values()].map(owned => owned.set)
    ])
});

const marking: Extension = [field];

function moved(sets: Sets, transaction: Transaction): Sets {
  const asked = transaction.effects.filter(effect => effect.is(replace));
  if (!transaction.docChanged && asked.length === 0) {
    return sets;
  }
  const next = new Map<string, IOwned>();
  sets.forEach((owned, owner) => next.set(owner, edited(owned, transaction)));
  for (const effect of asked) {
    const { owner, marks } = effect.value;
    const { set, gone } = next.get(owner) ?? NONE;
    const left = marks.filter(
      each => each.kind === 'place' || !gone.has(each.line)
    );
    next.set(owner, {
      set: decorations(left, transaction.state, positions(set)),
      gone: marks.length ? gone : NONE.gone
    });
  }
  return next;
}

const NONE: IOwned = { set: Decoration.none, gone: new Set() };

/** Marks after an edit: those of lines that it took away go with them. */
function edited({ set, gone }: IOwned, { changes }: Transaction): IOwned {
  const moved = set.map(changes);
  const left = positions(moved);
  const lost = [...positions(set).keys()].filter(line => !left.has(line));
  if (lost.length === 0) {
    return { set: moved, gone };
  }
  return {
    set: moved.update({
      filter: (_from, _to, value) => !lost.includes(Number(value.spec['note']))
    }),
    gone: new Set([...gone, ...lost])
  };
}

/** Where the lines that are marked now have moved to, by the number that they were marked with. */
function positions(set: DecorationSet): Map<number, number> {
  const found = new Map<number, number>();
  for (const at = set.iter(); at.value; at.next()) {
    const asked: unknown = at.value.spec['asked'];
    if (typeof asked === 'number') {
      found.set(asked, at.from);
    }
  }
  return found;
}

function decorations(
  marks: readonly IMark[],
  state: EditorState,
  moved: ReadonlyMap<number, number>
): DecorationSet {
  const ranges: Range<Decoration>[] = [];
  for (const each of marks) {
    const number = Math.min(
      Math.max(Math.trunc(each.line) || 1, 1),
      state.doc.lines
    );
    const line = state.doc.lineAt(
      moved.get(each.line) ?? state.doc.line(number).from
    );
    const bar = Decoration.line({
      class: `jp-modelship-mark-${each.kind}`,
      asked: each.line
    });
    ranges.push(bar.range(line.from));
    if (each.message || each.dismiss) {
      const note = Decoration.widget({
        widget: new Note(each),
        block: true,
        side: 1,
        note: each.line
      });
      ranges.push(note.range(line.to));
    }
  }
  return Decoration.set(ranges, true);
}

/** The message below a marked line. */
class Note extends WidgetType {
  constructor(private readonly mark: IMark) {
    super();
  }

  override eq(other: Note): boolean {
    return (
      other.mark.kind === this.mark.kind &&
      other.mark.message === this.mark.message &&
      other.mark.detail === this.mark.detail &&
      other.mark.dismiss?.label === this.mark.dismiss?.label
    );
  }

  override toDOM(): HTMLElement {
    const node = element(
      'div',
      `jp-modelship-note jp-modelship-note-${this.mark.kind}`
    );
    node.setAttribute('role', 'note');
    const text = element(
      'span',
      'jp-modelship-note-text',
      this.mark.message ?? ''
    );
    text.title = plain(this.mark.message ?? '');
    node.append(text);
    if (this.mark.detail) {
      node.append(
        element('span', 'jp-modelship-note-detail', this.mark.detail)
      );
    }
    if (this.mark.dismiss) {
      node.append(button(this.mark.dismiss.label, this.mark.dismiss.run));
    }
    return node;
  }

  /** What happens in the message is none of the editor's business. */
  override ignoreEvent(): boolean {
    return true;
  }
}

function element(tag: string, name: string, text = ''): HTMLElement {
  const node = document.createElement(tag);
  node.className = name;
  node.textContent = plain(text, MESSAGE_LIMIT);
  return node;
}

function button(label: string, run: () => void): HTMLElement {
  const node = element(
    'button',
    'jp-modelship-note-dismiss',
    label
  ) as HTMLButtonElement;
  node.type = 'button';
  node.addEventListener('click', run);
  return node;
}

/** JupyterLab's editors are CodeMirror's; any other kind is left unmarked. */
export function viewOf(editor: CodeEditor.IEditor): EditorView | null {
  const inner: unknown = (editor as { editor?: unknown }).editor;
  return inner instanceof EditorView ? inner : null;
}
