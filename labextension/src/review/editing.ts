import {
  EditorState,
  type Extension,
  StateEffect,
  StateField
} from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  EditorView,
  highlightSpecialChars,
  keymap,
  lineNumbers
} from '@codemirror/view';
import { jupyterTheme } from '@jupyterlab/codemirror';

/** What happens on lines, which count from 1. */
export interface ILineEvents {
  /** The pointer or the cursor is on a line; null where it is on none. */
  over(line: number | null): void;
  /** A line was clicked, or Enter pressed on it. */
  chosen(line: number): void;
}

/** The lines that are lit from now on. */
export const light = StateEffect.define<readonly number[]>();

const LIT = Decoration.line({ class: 'jp-modelship-Review-lit' });

const lit = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (marks, transaction) => {
    for (const effect of transaction.effects) {
      if (effect.is(light)) {
        const { doc } = transaction.state;
        const lines = effect.value.filter(line => line <= doc.lines);
        return Decoration.set(
          lines.map(line => LIT.range(doc.line(line).from))
        );
      }
    }
    return marks;
  },
  provide: field => EditorView.decorations.from(field)
});

/** A read-only text that looks like JupyterLab's, can be walked through by keyboard, and tells. */
export function base(label: string, events?: ILineEvents): Extension[] {
  return [
    lineNumbers(),
    highlightSpecialChars(),
    EditorView.lineWrapping,
    EditorState.readOnly.of(true),
    EditorView.editable.of(false),
    EditorView.contentAttributes.of({
      'aria-label': label,
      'aria-readonly': 'true',
      tabindex: '0'
    }),
    jupyterTheme,
    lit,
    events === undefined ? [] : [pointer(events), keys(events)]
  ];
}

function pointer(events: ILineEvents): Extension {
  return EditorView.domEventHandlers({
    mousemove: (event, view) => {
      events.over(lineAt(view, event));
      return false;
    },
    mouseleave: () => {
      events.over(null);
      return false;
    },
    click: (event, view) => {
      const line = lineAt(view, event);
      const selecting = (document.getSelection()?.toString() ?? '') !== '';
      if (line !== null && !selecting) {
        events.chosen(line);
      }
      return false;
    }
  });
}

function lineAt(view: EditorView, event: MouseEvent): number | null {
  const position = view.posAtCoords({ x: event.clientX, y: event.clientY });
  return position === null ? null : view.state.doc.lineAt(position).number;
}

function keys(events: ILineEvents): Extension {
  return keymap.of([
    { key: 'ArrowDown', run: view => step(view, 1, events) },
    { key: 'ArrowUp', run: view => step(view, -1, events) },
    {
      key: 'Enter',
      run: view => {
        events.chosen(current(view));
        return true;
      }
    }
  ]);
}

function current(view: EditorView): number {
  return view.state.doc.lineAt(view.state.selection.main.head).number;
}

function step(view: EditorView, by: number, events: ILineEvents): boolean {
  const line = current(view) + by;
  if (line < 1 || line > view.state.doc.lines) {
    return false;
  }
  const position = view.state.doc.line(line).from;
  view.dispatch({ selection: { anchor: position }, scrollIntoView: true });
  events.over(line);
  return true;
}
