import React, { useEffect, useRef, useState } from 'react';

import { plain } from '../core/plain';
import type { IFile } from '../wire';
import { CodeView } from './codeview';
import { useReview } from './context';
import type { IPlace, Links } from './links';

/** Which cell's lines are lit, and whether they are to be brought into sight. */
export interface ILit {
  cell: string;
  show: boolean;
}

interface IFileViewProps {
  file: IFile;
  links: Links;
  mode: CodeView.Mode;
  fold: boolean;
  lit: ILit | null;
  onOver(place: IPlace | null): void;
  onChosen(place: IPlace): void;
}

/** The text of one file. */
export function FileView(props: IFileViewProps): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const view = useCodeView(host, props);
  const { lit, links } = props;
  useEffect(() => {
    const lines = lit === null ? [] : links.lines(lit.cell);
    view?.light(lines);
    if (lit?.show && lines.length > 0) {
      view?.show(lines[0]);
    }
  }, [view, lit, links]);
  return <div ref={host} className="jp-modelship-Review-text" />;
}

function useCodeView(
  host: React.RefObject<HTMLDivElement>,
  props: IFileViewProps
): CodeView | null {
  const { trans, languages } = useReview();
  const { file, mode, fold } = props;
  const latest = useRef(props);
  latest.current = props;
  const [view, setView] = useState<CodeView | null>(null);
  useEffect(() => {
    if (host.current === null) {
      return;
    }
    const name = plain(file.name);
    const made = CodeView.create(host.current, {
      name: file.name,
      label: trans.__(
        '%1, read-only. Enter goes to the cell of the line.',
        name
      ),
      liveLabel: trans.__('%1 of the live revision, read-only', name),
      text: file.text,
      live: file.live,
      mode,
      fold,
      languages,
      events: {
        over: line => latest.current.onOver(placeOf(latest.current, line)),
        chosen: line => {
          const place = placeOf(latest.current, line);
          if (place !== null) {
            latest.current.onChosen(place);
          }
        }
      }
    });
    void made.then(setView);
    return () => {
      setView(null);
      void made.then(one => one.dispose());
    };
  }, [file.name, file.text, file.live, mode, fold]);
  return view;
}

function placeOf(props: IFileViewProps, line: number | null): IPlace | null {
  return line === null ? null : props.links.place(line);
}
