import * as React from 'react';

import { CommandIDs } from '../commands';
import { duration } from '../core/format';
import { plain } from '../core/plain';
import { rate, share } from '../services/figures';
import type { IFailure, IMetrics, IService, Json } from '../wire';
import { Chart } from './chart';
import type { IMeans } from './means';
import { Trouble } from './parts';
import { ServiceLog } from './servicelog';

type IWatchProps = IMeans & { service: IService };

/** How the service does: figures of the last hour, requests that failed, the log as it grows. */
export function Watch(props: IWatchProps): JSX.Element {
  const { trans } = props;
  const metrics = useMetrics(props);
  const seen = metrics !== null && metrics.rates.some(one => one > 0);
  return (
    <div className="jp-modelship-watch">
      {seen ? (
        <div className="jp-modelship-watch-figures">
          <Figures {...props} metrics={metrics} />
          <Chart rates={metrics.rates} trans={trans} />
        </div>
      ) : (
        <p className="jp-modelship-card-note">
          {trans.__('No request in the last hour, as far as this was watched.')}
        </p>
      )}
      <Failures {...props} />
      <ServiceLog
        name={props.model.name}
        channels={props.model.ship.channels}
        trans={trans}
      />
    </div>
  );
}

/** The figures that come by themselves while the tab is open; before them, the panel's. */
function useMetrics({ model, service }: IWatchProps): IMetrics | null {
  const [told, setTold] = React.useState<IMetrics | null>(null);
  React.useEffect(() => {
    const handle = model.ship.channels.subscribe(`metrics:${model.name}`, {
      event: (data: Json) => setTold(data as unknown as IMetrics)
    });
    return () => handle.dispose();
  }, [model]);
  return told ?? service.metrics;
}

function Figures(props: IMeans & { metrics: IMetrics }): JSX.Element {
  const { metrics, trans } = props;
  const time = (seconds: number | null): string =>
    seconds === null ? '–' : duration(seconds);
  const failing = metrics.rate > 0 ? metrics.errors / metrics.rate : 0;
  const rows: [string, string][] = [
    [trans.__('Requests'), rate(metrics.rate)],
    [trans.__('Errors'), share(failing)],
    [trans.__('p50'), time(metrics.p50)],
    [trans.__('p99'), time(metrics.p99)]
  ];
  return (
    <dl className="jp-modelship-figures">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Failures shown at once; the log has them all. */
const SHOWN = 20;

function Failures(props: IWatchProps): JSX.Element | null {
  const { model, trans } = props;
  const { value, problem } = model.failures;
  if (problem) {
    return <Trouble problem={problem} trans={trans} />;
  }
  if (!value?.length) {
    return null;
  }
  return (
    <section>
      <h2>{trans.__('Recent failures')}</h2>
      <ul className="jp-modelship-failures">
        {value.slice(0, SHOWN).map(one => (
          <Failure
            key={`${one.time} ${one.request_id}`}
            {...props}
            failure={one}
          />
        ))}
      </ul>
    </section>
  );
}

function Failure(props: IWatchProps & { failure: IFailure }): JSX.Element {
  const { failure, service, commands, trans } = props;
  const { path } = service;
  const { cell, line, number } = failure;
  return (
    <li>
      <span className="jp-modelship-word-attention" aria-hidden="true">
        ▲
      </span>
      <time dateTime={failure.time}>
        {new Date(failure.time).toLocaleTimeString()}
      </time>
      <span
        className="jp-modelship-failure-text"
        title={plain(failure.message)}
      >
        {`${failure.status} ${plain(failure.endpoint)} · ${plain(failure.message)}`}
      </span>
      {path !== null && cell !== null ? (
        <button
          className="jp-modelship-link"
          onClick={() =>
            void commands.execute(CommandIDs.goToCell, { path, cell, line })
          }
        >
          {number === null
            ? trans.__('Go to cell')
            : trans.__('Go to cell %1', number)}
        </button>
      ) : null}
    </li>
  );
}
