import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import type { TranslationBundle } from '@jupyterlab/translation';
import { createContext, useContext } from 'react';

import type { IAbout, ICheck } from '../tokens';
import type { Json } from '../wire';
import type { ReviewModel } from './model';

/** What the parts of a review share. */
export interface IReviewContext {
  model: ReviewModel;
  trans: TranslationBundle;
  /** Null where JupyterLab has none: then code is shown without colours. */
  languages: IEditorLanguageRegistry | null;
  about: Promise<IAbout>;
  /** JSON schema of the options. */
  schema(): Promise<Json>;
  checks(): Promise<{ [code: string]: ICheck }>;
  /** Number of the revision that shipping makes. */
  nextRevision(): number;
  goToCell(cell: string, line?: number): void;
  openRun(run: string): void;
  openService(service: string): void;
  close(): void;
}

export const ReviewContext = createContext<IReviewContext | null>(null);

/** The context of the review that a component is part of. */
export function useReview(): IReviewContext {
  const found = useContext(ReviewContext);
  if (found === null) {
    throw new Error('A part of a review stands outside of one');
  }
  return found;
}
