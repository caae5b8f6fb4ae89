import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Widget } from '@lumino/widgets';
import { act } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { CommandIDs } from '../../commands';
import type { IApi } from '../../tokens';
import { Actions } from '../actions';
import { PanelModel } from '../model';
import { ServicesPanel } from '../panel';
import { ROW_HEIGHT } from '../row';
import { Harbour, run, service } from './fixtures';

let harbour: Harbour;
let panel: ServicesPanel;
let done: unknown[];

const trans = nullTranslator.load('jupyter_modelship');

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  harbour = new Harbour();
  done = [];
  const commands = new CommandRegistry();
  const { openService, openRun, deploy } = CommandIDs;
  for (const id of [openService, openRun, deploy]) {
    commands.addCommand(id, {
      execute: args => void done.push([id, { ...args }])
    });
  }
  panel = new ServicesPanel({
    model: new PanelModel(harbour.ship),
    actions: new Actions({} as IApi, trans),
    commands,
    trans
  });
  await act(async () => Widget.attach(panel, document.body));
});

afterEach(async () => {
  await act(async () => panel.dispose());
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** The server tells running services of these names, some of them otherwise. */
function told(...all: (string | ReturnType<typeof service>)[]): void {
  act(() =>
    harbour.services(
      ...all.map(one =>
        typeof one === 'string' ? service({ service: one, path: null }) : one
      )
    )
  );
}

function rows(): HTMLElement[] {
  return [...panel.node.querySelectorAll<HTMLElement>('[role=listitem]')];
}

function names(): (string | null | undefined)[] {
  return rows().map(
    one => one.querySelector('.jp-modelship-row-title')?.textContent
  );
}

function row(name: string): HTMLElement {
  return rows()[names().indexOf(name)];
}

function name(of: string): HTMLElement {
  return row(of).querySelector<HTMLElement>('.jp-modelship-row-name')!;
}

function button(label: string): HTMLElement {
  return [...panel.node.querySelectorAll<HTMLElement>('.jp-Button')].find(
    one => one.textContent === label
  )!;
}

function point(what: string, on: Element): void {
  act(() => {
    on.dispatchEvent(new MouseEvent(what, { bubbles: true, buttons: 1 }));
  });
}

/** The rest of a click, after `pointerdown`, as browsers tell it. */
function release(on: Element): void {
  point('pointerup', on);
  point('click', on);
  act(() => vi.advanceTimersByTime(1));
}

describe('a row of the panel', () => {
  it('is the same element however its service stands, and whatever comes and goes around it', () => {
    told('b', 'c', 'd');
    const before = ['b', 'c', 'd'].map(row);
    const parts = before.map(one => [...one.querySelectorAll('button')]);
    told(
      'a',
      service({ service: 'd', path: null, state: 'stopped' }),
      service({ service: 'b', path: null, run: run({ service: 'b' }) }),
      'bb'
    );
    expect(names()).toEqual(['a', 'd', 'b', 'bb']);
    told('a', service({ service: 'd', state: 'failed', reason: 'it fell' }));
    told('b', 'c', 'd');
    const after = ['b', 'd'].map(row);
    expect(after[1]).toBe(before[2]);
    expect([...after[1].querySelectorAll('button')]).toEqual(parts[2]);
    expect(names()).toEqual(['b', 'c', 'd']);
  });

  it('is not the row of another target with that name', () => {
    told('iris', service({ target: 'kubernetes', path: null }));
    const [local, cluster] = rows();
    told(service({ target: 'kubernetes', path: null }));
    expect(rows()).toEqual([cluster]);
    expect(local.isConnected).toBe(false);
  });

  it('keeps its place in the page while others come before and behind it', () => {
    told('b', 'c');
    const inserted = vi.spyOn(Node.prototype, 'insertBefore');
    told('a', 'b', 'bb', 'c', 'd');
    const moved = inserted.mock.calls.map(([node]) => node);
    expect(moved).not.toContain(row('b'));
    expect(moved).not.toContain(row('c'));
    inserted.mockRestore();
  });
});

describe('a click', () => {
  it('opens the service that was pressed, though others came above it meanwhile', () => {
    told('b', 'c');
    const pressed = name('b');
    point('pointerdown', pressed);
    told('a', 'b', 'c');
    expect(names()).toEqual(['b', 'c']);
    expect(row('b').style.top).toBe('0px');
    release(pressed);
    expect(done).toEqual([[CommandIDs.openService, { service: 'b' }]]);
    expect(names()).toEqual(['a', 'b', 'c']);
    expect(name('b')).toBe(pressed);
  });

  it('opens the run that was pressed, though it ended meanwhile', () => {
    told(service({ service: 'b', run: run() }));
    const pressed = row('b').querySelector('.jp-modelship-row-run')!;
    point('pointerdown', pressed);
    told('b');
    release(pressed);
    expect(done).toEqual([[CommandIDs.openRun, { run: run().id }]]);
    expect(row('b').querySelector('.jp-modelship-row-run')).toBeNull();
  });

  it('never deploys where the run of the notebook was to be shown', () => {
    act(() => harbour.bring('demos/iris.ipynb'));
    told(service({ run: run() }));
    const pressed = button('Show Run');
    point('pointerdown', pressed);
    told(service());
    release(pressed);
    expect(done).toEqual([[CommandIDs.openRun, { run: run().id }]]);
    expect(button('Deploy').isConnected).toBe(true);
  });

  it('that never ends elsewhere holds nothing back for long', () => {
    told('b');
    point('pointerdown', name('b'));
    told('a', 'b');
    act(() => {
      window.dispatchEvent(new MouseEvent('pointermove', { buttons: 0 }));
      vi.advanceTimersByTime(100);
    });
    expect(names()).toEqual(['a', 'b']);
  });
});

describe('the focus', () => {
  it('stays with its service, and is where the arrow keys go on', () => {
    told('b', 'c', 'd');
    const chosen = name('c');
    act(() => chosen.focus());
    told('a', 'b', 'c', 'd');
    expect(document.activeElement).toBe(chosen);
    expect(chosen.tabIndex).toBe(0);
    act(() => {
      chosen.dispatchEvent(
        new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true })
      );
      vi.advanceTimersByTime(50);
    });
    expect(document.activeElement).toBe(name('d'));
  });

  it('goes to the row that took the place of one that is gone', () => {
    told('a', 'b', 'c');
    act(() => name('b').focus());
    told('a', 'c');
    expect(document.activeElement).toBe(name('c'));
    told('a');
    expect(document.activeElement).toBe(name('a'));
  });

  it('stays in its row where the run that it was on has ended', () => {
    told(service({ service: 'b', run: run() }));
    act(() =>
      row('b').querySelector<HTMLElement>('.jp-modelship-row-run')!.focus()
    );
    told('b');
    expect(document.activeElement).toBe(name('b'));
  });

  it('of somebody who is elsewhere is left alone', () => {
    told('a', 'b');
    act(() => name('b').focus());
    act(() => name('b').blur());
    told('a');
    expect(document.activeElement).toBe(document.body);
  });
});

describe('what is in sight', () => {
  const many = Array.from({ length: 40 }, (_, at) => `s-${at + 10}`);

  it('stays there while services come and go above it', () => {
    told(...many);
    const list = panel.node.querySelector('.jp-modelship-list')!;
    act(() => {
      list.scrollTop = 20 * ROW_HEIGHT + 7;
      list.dispatchEvent(new Event('scroll'));
      vi.advanceTimersByTime(50);
    });
    const seen = row('s-30');
    told('r-1', 'r-2', ...many);
    expect(list.scrollTop).toBe(22 * ROW_HEIGHT + 7);
    told(...many.slice(3));
    expect(list.scrollTop).toBe(17 * ROW_HEIGHT + 7);
    expect(row('s-30')).toBe(seen);
  });

  it('at the beginning is the beginning', () => {
    told(...many);
    told('r-1', ...many);
    expect(names()[0]).toBe('r-1');
  });
});

describe('the filter', () => {
  it('keeps its text and its focus over a look', () => {
    told('a', 'b');
    const filter = panel.node.querySelector<HTMLInputElement>('input')!;
    act(() => filter.focus());
    act(() => {
      const set = Object.getOwnPropertyDescriptor(
        HTMLInputElement.prototype,
        'value'
      )!.set!;
      set.call(filter, 'b');
      filter.dispatchEvent(new Event('input', { bubbles: true }));
    });
    told('a', 'b', 'bb');
    expect(names()).toEqual(['b', 'bb']);
    expect(document.activeElement).toBe(filter);
    expect(filter.value).toBe('b');
  });
});
