import { type Extension, EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import type { MergeView } from '@codemirror/merge';
import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import type { IDisposable } from '@lumino/disposable';

import { base, light, type ILineEvents } from './editing';

/** Read-only text of a file: plain, or beside what the live revision has. */
export class CodeView implements IDisposable {
  private constructor(
    private readonly _editor: EditorView,
    private readonly _merged: MergeView | null,
    private readonly _merge: typeof import('@codemirror/merge') | null
  ) {}

  /** Draw into `host`. What the mode needs is loaded first. */
  static async create(
    host: HTMLElement,
    of: CodeView.IOptions
  ): Promise<CodeView> {
    const shared = [
      await language(of.name, of.languages),
      ...base(of.label, of.events)
    ];
    if (of.live === null || of.mode === 'plain') {
      return new CodeView(plain(host, of.text, shared), null, null);
    }
    const merge = await import('@codemirror/merge');
    const collapseUnchanged = of.fold ? { margin: 3, minSize: 4 } : undefined;
    if (of.mode === 'unified') {
      const changes = merge.unifiedMergeView({
        original: of.live,
        mergeControls: false,
        collapseUnchanged
      });
      return new CodeView(
        plain(host, of.text, [...shared, changes]),
        null,
        merge
      );
    }
    const before = [
      await language(of.name, of.languages),
      ...base(of.liveLabel)
    ];
    const view = new merge.MergeView({
      a: { doc: of.live, extensions: before },
      b: { doc: of.text, extensions: shared },
      parent: host,
      collapseUnchanged
    });
    return new CodeView(view.b, view, merge);
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    this._disposed = true;
    (this._merged ?? this._editor).destroy();
  }

  /** Light up lines, and no others. */
  light(lines: readonly number[]): void {
    this._editor.dispatch({ effects: light.of(lines) });
  }

  /** Bring a line into sight, also out of a fold. */
  show(line: number): void {
    const { state } = this._editor;
    if (line > state.doc.lines) {
      return;
    }
    this._unfold(line);
    const position = state.doc.line(line).from;
    this._editor.dispatch({
      selection: { anchor: position },
      effects: EditorView.scrollIntoView(position, { y: 'center' })
    });
  }

  /** A fold begins between the end of the change above and the line. */
  private _unfold(line: number): void {
    const merge = this._merge;
    if (merge === null) {
      return;
    }
    const { doc } = this._editor.state;
    const chunks = merge.getChunks(this._editor.state)?.chunks ?? [];
    const above = chunks
      .map(chunk => doc.lineAt(Math.min(chunk.endB, doc.length)).number)
      .filter(end => end < line);
    const effects = [];
    for (let start = Math.max(1, ...above); start <= line; start++) {
      effects.push(merge.uncollapseUnchanged.of(doc.line(start).from));
    }
    this._editor.dispatch({ effects });
  }

  private _disposed = false;
}

function plain(
  host: HTMLElement,
  text: string,
  extensions: Extension
): EditorView {
  return new EditorView({
    parent: host,
    state: EditorState.create({ doc: text, extensions })
  });
}

/** Colours for the file's language, as JupyterLab knows it by the file's name. */
async function language(
  name: string,
  languages: IEditorLanguageRegistry | null
): Promise<Extension> {
  const known = languages?.findByFileName(name) ?? null;
  const loaded = known === null ? null : await languages!.getLanguage(known);
  return loaded?.support ?? [];
}

export namespace CodeView {
  export type Mode = 'plain' | 'unified' | 'split';

  export interface IOptions {
    /** File name, for its language. */
    name: string;
    /** What screen readers call the text. */
    label: string;
    liveLabel: string;
    text: string;
    /** The live revision's text; null where it has none. */
    live: string | null;
    mode: Mode;
    /** Hide long stretches without a change. */
    fold: boolean;
    languages: IEditorLanguageRegistry | null;
    events: ILineEvents;
  }
}
