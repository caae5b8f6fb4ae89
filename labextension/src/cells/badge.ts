import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { plain } from '../core/plain';
import type { VerdictKind } from '../wire';
import type { IBadge } from './badges';

/** A quiet word at the right edge of a cell. Without one it keeps its place: code does not jump. */
export class BadgeView extends Widget {
  private _word = part('word');
  private _why = part('why');

  constructor(private readonly _trans: TranslationBundle) {
    super();
    this.addClass('jp-modelship-badge');
    this.node.append(this._word, this._why);
  }

  set badge(badge: IBadge | undefined) {
    const said = [badge?.reason, badge?.drift]
      .map(text => plain(text ?? ''))
      .filter(Boolean);
    this.node.dataset['verdict'] = badge?.verdict ?? '';
    this.node.title = said.join('\n');
    this.toggleClass('jp-modelship-mod-drifted', Boolean(badge?.drift));
    this._word.textContent = badge ? word(badge.verdict, this._trans) : '';
    this._why.textContent = said.join(' ');
  }
}

/** A verdict as people read it. */
export function word(verdict: VerdictKind, trans: TranslationBundle): string {
  switch (verdict) {
    case 'endpoint':
      return trans.__('endpoint');
    case 'source':
      return trans.__('source');
    case 'rehearsal':
      return trans.__('rehearsal');
    case 'stays':
      return trans.__('stays');
  }
}

function part(name: string): HTMLElement {
  const node = document.createElement('span');
  node.className = `jp-modelship-badge-${name}`;
  return node;
}
