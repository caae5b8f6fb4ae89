import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useEffect, useId, useState } from 'react';
import { plain } from '../core/plain';
import { word } from './badge';
import type { IBadge } from './badges';
import { meaning, named } from './reason';
import { type IRoute, ROLES, type Role, badPath } from './roles';

interface IProps {
  role: Role;
  route: IRoute | null;
  badge: IBadge | undefined;
  onRole: (role: Role) => void;
  onRoute: (route: IRoute | null) => void;
  trans: TranslationBundle;
}

const METHODS: IRoute['method'][] = ['POST', 'GET'];

/** The roles, each with what it means; the route of an endpoint; what becomes of the cell. */
export function RoleForm(props: IProps): JSX.Element {
  const { role, badge, onRole, trans } = props;
  const group = useId();
  return (
    <>
      <Verdict badge={badge} trans={trans} />
      <fieldset className="jp-modelship-roles">
        <legend>{trans.__('Role of this cell')}</legend>
        {[...ROLES, '' as const].map(each => (
          <label key={each}>
            <input
              type="radio"
              name={group}
              checked={each === role}
              onChange={() => onRole(each)}
            />
            <span>{named(each, trans)}</span>
            <small>{meaning(each, trans)}</small>
          </label>
        ))}
      </fieldset>
      {role === 'endpoint' && <Route {...props} />}
    </>
  );
}

function Verdict({
  badge,
  trans
}: Pick<IProps, 'badge' | 'trans'>): JSX.Element {
  return (
    <div role="status" className="jp-modelship-verdict">
      {badge && (
        <>
          <strong>{word(badge.verdict, trans)}</strong>
          <p>{plain(badge.reason)}</p>
          {badge.drift && <p>{plain(badge.drift)}</p>}
        </>
      )}
    </div>
  );
}

/** Method and path, written when the field is left; empty for the function's name. */
function Route({ route, onRoute, trans }: IProps): JSX.Element {
  const [path, setPath] = useState(route?.path ?? '');
  const error = useId();
  useEffect(() => setPath(route?.path ?? ''), [route?.path]);
  const method = route?.method ?? 'POST';
  const wrong = path ? badPath(path) : null;
  const write = (chosen: IRoute['method']) => {
    const same = chosen === route?.method && path === route.path;
    if (!wrong && !same && (path || route)) {
      onRoute(path ? { method: chosen, path } : null);
    }
  };
  return (
    <fieldset className="jp-modelship-route">
      <legend>{trans.__('Address')}</legend>
      <select
        className="jp-mod-styled"
        aria-label={trans.__('Method')}
        value={method}
        disabled={!path || wrong !== null}
        onChange={event => write(event.target.value === 'GET' ? 'GET' : 'POST')}
      >
        {METHODS.map(each => (
          <option key={each}>{each}</option>
        ))}
      </select>
      <input
        className="jp-mod-styled"
        aria-label={trans.__('Path')}
        aria-invalid={wrong !== null}
        aria-describedby={error}
        placeholder={trans.__('/name of the function')}
        value={path}
        onChange={event => setPath(event.target.value)}
        onBlur={() => write(method)}
        onKeyDown={event => event.key === 'Enter' && write(method)}
      />
      <small id={error}>{wrong && said(wrong, trans)}</small>
    </fieldset>
  );
}

function said(wrong: 'shape' | 'reserved', trans: TranslationBundle): string {
  return wrong === 'reserved'
    ? trans.__('This path belongs to the service itself.')
    : trans.__(
        'A path begins with / and has letters, digits, . _ ~ and - between its slashes.'
      );
}
