import { MergeView } from '@codemirror/merge';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { jupyterTheme } from '@jupyterlab/codemirror';

import { plainLines } from '../core/plain';
import type { IFile } from '../wire';

/** Longest text that is compared whole. */
const LIMIT = 1_000_000;

/** The live text on the left, the other one on the right; long equal stretches are folded. */
export function difference(
  parent: HTMLElement,
  file: IFile,
  labels: { live: string; other: string }
): MergeView {
  return new MergeView({
    parent,
    a: {
      doc: plainLines(file.live ?? '', LIMIT),
      extensions: reading(labels.live)
    },
    b: { doc: plainLines(file.text, LIMIT), extensions: reading(labels.other) },
    collapseUnchanged: { margin: 3, minSize: 4 }
  });
}

function reading(label: string): Extension {
  return [
    jupyterTheme,
    lineNumbers(),
    EditorState.readOnly.of(true),
    EditorView.editable.of(false),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' })
  ];
}
