import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { Steady } from '../core/steady';
import { modelshipIcon } from '../services/icons';
import { Head } from './head';
import { History } from './history';
import type { IMeans } from './means';
import { type Tab, TABS } from './model';
import { Provenance } from './provenance';
import { TryIt } from './tryit';
import { UseIt } from './useit';
import { Watch } from './watch';

/** One service in the main area. */
export class ServiceCard extends ReactWidget {
  constructor(readonly means: IMeans) {
    super();
    this.addClass('jp-modelship-card');
    this.title.label = means.model.name;
    this.title.icon = modelshipIcon;
    this.title.caption = means.trans.__('Service %1', means.model.name);
    this.title.closable = true;
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.means.model.dispose();
      super.dispose();
    }
  }

  protected override render(): JSX.Element {
    const { model, actions } = this.means;
    return (
      <Steady signals={[model.changed, actions.changed]}>
        {() => <Card {...this.means} />}
      </Steady>
    );
  }
}

function Card(means: IMeans): JSX.Element {
  const { model, trans } = means;
  if (model.service === null) {
    return (
      <div className="jp-modelship-card-body">
        <p className="jp-modelship-card-note" role="status">
          {model.deleted
            ? trans.__('There is no service called %1.', model.name)
            : trans.__('Looking for %1…', model.name)}
        </p>
      </div>
    );
  }
  const state = model.away || model.deleted ? ' jp-mod-away' : '';
  return (
    <div className={`jp-modelship-card-body${state}`}>
      <Head {...means} service={model.service} />
      <Tabs {...means} />
      <div
        className="jp-modelship-card-tab"
        role="tabpanel"
        id={idOf(means, 'panel')}
        aria-labelledby={idOf(means, model.tab)}
      >
        <Inside {...means} />
      </div>
    </div>
  );
}

function Inside(means: IMeans): JSX.Element | null {
  const { model } = means;
  const service = model.service;
  if (service === null) {
    return null;
  }
  switch (model.tab) {
    case 'try':
      return <TryIt {...means} service={service} />;
    case 'use':
      return <UseIt {...means} service={service} />;
    case 'watch':
      return <Watch {...means} service={service} />;
    case 'history':
      return <History {...means} service={service} />;
    case 'provenance':
      return <Provenance {...means} service={service} />;
  }
}

/** Arrow keys move between the tabs, as the ARIA practices have it. */
function Tabs(means: IMeans): JSX.Element {
  const { model, trans } = means;
  const words: { [tab in Tab]: string } = {
    try: trans.__('Try it'),
    use: trans.__('Use it'),
    watch: trans.__('Watch'),
    history: trans.__('History'),
    provenance: trans.__('Provenance')
  };
  const onKey = (event: React.KeyboardEvent<HTMLElement>): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const at = TABS.indexOf(model.tab) + step + TABS.length;
      model.tab = TABS[at % TABS.length];
      const buttons = event.currentTarget.querySelectorAll('button');
      buttons[at % TABS.length]?.focus();
    }
  };
  return (
    <div
      className="jp-modelship-tabs"
      role="tablist"
      aria-label={trans.__('Service')}
      onKeyDown={onKey}
    >
      {TABS.map(tab => (
        <button
          key={tab}
          id={idOf(means, tab)}
          role="tab"
          aria-selected={tab === model.tab}
          aria-controls={idOf(means, 'panel')}
          tabIndex={tab === model.tab ? 0 : -1}
          onClick={() => {
            model.tab = tab;
          }}
        >
          {words[tab]}
        </button>
      ))}
    </div>
  );
}

function idOf(means: IMeans, part: string): string {
  return `modelship-card-${means.model.name}-${part}`;
}
