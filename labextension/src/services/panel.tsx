import type { TranslationBundle } from '@jupyterlab/translation';
import { Button, ReactWidget } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import { CommandIDs } from '../commands';
import { Steady } from '../core/steady';
import type { IService } from '../wire';
import type { Actions } from './actions';
import { Front } from './front';
import { modelshipIcon } from './icons';
import { ServiceList } from './list';
import { openMenu } from './menu';
import type { PanelModel } from './model';
import { coming } from './rows';

interface IMeans {
  model: PanelModel;
  actions: Actions;
  commands: CommandRegistry;
  trans: TranslationBundle;
}

/** The tab's data attribute that style/services.css shows. */
const BADGE = 'modelship-badge';

/** The services of this user, and the notebook in front above them. */
export class ServicesPanel extends ReactWidget {
  constructor(private readonly _means: IMeans) {
    super();
    this.id = 'modelship-services';
    this.addClass('jp-modelship-services');
    this.title.icon = modelshipIcon;
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', _means.trans.__('Services'));
    _means.model.changed.connect(this._badge, this);
    this._badge();
  }

  protected override render(): JSX.Element {
    const { model, actions } = this._means;
    return (
      <Steady signals={[model.changed, actions.changed]}>
        {() => <Content {...this._means} />}
      </Steady>
    );
  }

  /** The number of services that need attention stands on the panel's icon. */
  private _badge(): void {
    const { model, trans } = this._means;
    const count = model.attention;
    const caption = count
      ? trans._n(
          'Services: %1 needs attention',
          'Services: %1 need attention',
          count
        )
      : trans.__('Services');
    if (this.title.caption === caption) {
      return;
    }
    this.title.caption = caption;
    const rest = { ...this.title.dataset };
    delete rest[BADGE];
    const badge = count > 99 ? '99+' : String(count);
    this.title.dataset = count ? { ...rest, [BADGE]: badge } : rest;
  }
}

function Content(means: IMeans): JSX.Element {
  const { model, commands, trans } = means;
  return (
    <div
      className={`jp-modelship-services-body${model.away ? ' jp-mod-away' : ''}`}
    >
      <Front
        front={model.front}
        service={model.frontService}
        away={model.away}
        trans={trans}
        onDeploy={path => void commands.execute(CommandIDs.deploy, { path })}
        onRun={run => void commands.execute(CommandIDs.openRun, { run })}
        onOpen={service =>
          void commands.execute(CommandIDs.openService, { service })
        }
        onCell={(path, cell) =>
          void commands.execute(CommandIDs.goToCell, { path, cell })
        }
      />
      <Head {...means} />
      {model.total ? <Rows {...means} /> : <Empty {...means} />}
    </div>
  );
}

/** How many there are, or that the server is away; the line is there always. */
function Head({ model, trans }: IMeans): JSX.Element {
  const { attention, total } = model;
  return (
    <div className="jp-modelship-services-head">
      <h2>{trans.__('Services')}</h2>
      <span
        role="status"
        className={model.away ? 'jp-modelship-word-busy' : undefined}
      >
        {model.away ? trans.__('Reconnecting…') : total || ''}
      </span>
      {attention ? (
        <button
          className="jp-modelship-attention"
          aria-pressed={model.onlyAttention}
          title={trans.__('Show only services that need attention')}
          onClick={() => {
            model.onlyAttention = !model.onlyAttention;
          }}
        >
          {`▲ ${trans._n('%1 needs attention', '%1 need attention', attention)}`}
        </button>
      ) : null}
    </div>
  );
}

function Rows(means: IMeans): JSX.Element {
  const { model, actions, commands, trans } = means;
  const onOpen = React.useCallback(
    (service: IService) =>
      void (coming(service) && service.run
        ? commands.execute(CommandIDs.openRun, { run: service.run.id })
        : commands.execute(CommandIDs.openService, {
            service: service.service
          })),
    [commands]
  );
  const onRun = React.useCallback(
    (run: string) => void commands.execute(CommandIDs.openRun, { run }),
    [commands]
  );
  const onMenu = React.useCallback(
    (service: IService, at: { x: number; y: number }) =>
      openMenu(service, at, { app: commands, actions, trans }),
    [commands, actions, trans]
  );
  return (
    <>
      <input
        type="search"
        className="jp-modelship-filter jp-mod-styled"
        placeholder={trans.__('Filter by name, notebook, target or state')}
        aria-label={trans.__('Filter services')}
        value={model.query}
        onChange={event => {
          model.query = event.target.value;
        }}
      />
      {model.services.length ? (
        <ServiceList
          rows={model.services.map(service => ({
            service,
            progress: model.progress(service),
            doing: actions.busy(service.service)
          }))}
          label={trans.__('Services')}
          trans={trans}
          onOpen={onOpen}
          onRun={onRun}
          onMenu={onMenu}
        />
      ) : (
        <p className="jp-modelship-empty">
          {trans.__('No service matches the filter.')}
        </p>
      )}
    </>
  );
}

function Empty({ model, commands, trans }: IMeans): JSX.Element {
  if (!model.loaded) {
    return (
      <p className="jp-modelship-empty">
        {model.away ? '' : trans.__('Looking for services…')}
      </p>
    );
  }
  return (
    <div className="jp-modelship-empty">
      <p>
        {trans.__(
          'Nothing is deployed yet: a service appears here as soon as a notebook ships.'
        )}
      </p>
      <Button
        className={`jp-mod-styled ${model.front ? 'jp-mod-reject' : 'jp-mod-accept'}`}
        onClick={() => void commands.execute(CommandIDs.openStarter, {})}
      >
        {trans.__('Open the Demo Notebook')}
      </Button>
    </div>
  );
}
