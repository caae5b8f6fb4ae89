import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { plain } from '../core/plain';
import type { IChannels } from '../tokens';
import type { Json } from '../wire';
import { listOf, objectOf, textOf } from './contract';
import { readable } from './loglines';

/** The live log of a service. */
export function ServiceLog(props: {
  name: string;
  channels: IChannels;
  trans: TranslationBundle;
}): JSX.Element {
  const { name, channels, trans } = props;
  const [lines, setLines] = React.useState<string[]>([]);
  React.useEffect(() => {
    const handle = channels.subscribe(`logs:${name}`, {
      event: (data: Json) =>
        setLines(old =>
          [
            ...old,
            ...listOf(objectOf(data).lines).flatMap(one =>
              readable(textOf(one))
            )
          ].slice(-2000)
        )
    });
    return () => handle.dispose();
  }, [name, channels]);
  return (
    <section className="jp-modelship-service-log">
      <h2>{trans.__('Log')}</h2>
      <div role="log" aria-label={trans.__('Log')}>
        {lines.map((line, at) => (
          <div key={at}>{plain(line)}</div>
        ))}
      </div>
    </section>
  );
}
