import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Log } from '../run/log';
import { LogPanel } from '../run/logpanel';
import type { IChannels } from '../tokens';
import type { Json } from '../wire';
import { listOf, objectOf, textOf } from './contract';
import { readable } from './loglines';

interface IServiceLogProps {
  name: string;
  channels: IChannels;
  trans: TranslationBundle;
}

/** The live log of a service: bounded, and only the lines in sight are in the page. */
export function ServiceLog(props: IServiceLogProps): JSX.Element {
  const { name, channels, trans } = props;
  const log = React.useMemo(() => new Log(), [name]);
  const [, redraw] = React.useState(0);
  React.useEffect(() => {
    let frame = 0;
    const draw = (): void => {
      frame = 0;
      redraw(count => count + 1);
    };
    const handle = channels.subscribe(`logs:${name}`, {
      event: (data: Json) => {
        append(log, data);
        frame ||= requestAnimationFrame(draw);
      }
    });
    return () => {
      cancelAnimationFrame(frame);
      handle.dispose();
    };
  }, [log, name, channels]);
  return <LogPanel log={log} url={null} follow={true} trans={trans} />;
}

/** The lines of a frame as people read them. */
function append(log: Log, data: Json): void {
  for (const line of listOf(objectOf(data).lines)) {
    for (const part of readable(textOf(line))) {
      log.append(part, '');
    }
  }
}
