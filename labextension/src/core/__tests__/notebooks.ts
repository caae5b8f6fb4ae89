import { YNotebook } from '@jupyter/ydoc';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type {
  INotebookModel,
  INotebookTracker,
  NotebookPanel
} from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';

/** A notebook of so many code cells; each has one output, which must never be looked at. */
export function notebook(cells: number, lines: number = 1): YNotebook {
  const shared = YNotebook.create();
  shared.fromJSON({
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
    cells: Array.from({ length: cells }, (_, index) => ({
      cell_type: 'code',
      id: `cell-${index}`,
      source: Array.from(
        { length: lines },
        () => `value_${index} = ${index}`
      ).join('\n'),
      metadata: { tags: [] },
      execution_count: null,
      outputs: [{ output_type: 'stream', name: 'stdout', text: 'SECRET' }]
    }))
  });
  return shared;
}

/** What of an open notebook's context the core touches. */
export class OpenNotebook {
  readonly pathChanged = new Signal<this, string>(this);
  readonly disposed = new Signal<this, void>(this);
  readonly ready = Promise.resolve();
  readonly model: { sharedModel: YNotebook };

  constructor(
    public path: string,
    readonly shared: YNotebook
  ) {
    this.model = { sharedModel: shared };
  }

  get localPath(): string {
    return this.path.replace(/^RTC:/, '');
  }

  get context(): DocumentRegistry.IContext<INotebookModel> {
    return this as unknown as DocumentRegistry.IContext<INotebookModel>;
  }

  rename(path: string): void {
    this.path = path;
    this.pathChanged.emit(path);
  }

  close(): void {
    this.disposed.emit();
  }
}

/** The notebooks of a window. */
export class Tracker {
  readonly widgetAdded = new Signal<this, NotebookPanel>(this);
  readonly currentChanged = new Signal<this, NotebookPanel | null>(this);
  currentWidget: NotebookPanel | null = null;

  get tracker(): INotebookTracker {
    return this as unknown as INotebookTracker;
  }

  forEach(): void {
    // All notebooks of these tests are opened later.
  }

  open(opened: OpenNotebook): void {
    const panel = { context: opened.context } as NotebookPanel;
    this.widgetAdded.emit(panel);
    this.currentWidget = panel;
    this.currentChanged.emit(panel);
  }
}
