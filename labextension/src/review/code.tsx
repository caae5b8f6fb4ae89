import React, { useState } from 'react';

import type { IReview } from '../wire';
import { Cells } from './cells';
import { useReview } from './context';
import { Files } from './files';
import type { ILit } from './fileview';
import type { IPlace } from './links';

/** Cells and files side by side; what is pointed at on one side lights up on the other. */
export function Code(props: { review: IReview }): JSX.Element {
  const { goToCell } = useReview();
  const { review } = props;
  const [pinned, setPinned] = useState<ILit | null>(null);
  const [over, setOver] = useState<string | null>(null);
  const lit = over === null ? pinned : { cell: over, show: false };
  const onOver = (place: IPlace | null): void => setOver(place?.cell ?? null);
  return (
    <div className="jp-modelship-Review-code">
      <Cells
        review={review}
        lit={lit?.cell ?? null}
        onOver={setOver}
        onChosen={cell => {
          setOver(null);
          setPinned({ cell, show: true });
        }}
      />
      <Files
        files={review.files}
        live={review.live?.revision ?? null}
        lit={lit}
        onOver={onOver}
        onChosen={place => goToCell(place.cell, place.line)}
      />
    </div>
  );
}
