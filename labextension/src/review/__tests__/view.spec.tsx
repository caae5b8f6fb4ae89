import { nullTranslator } from '@jupyterlab/translation';
import React, { act } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { IReview } from '../../wire';
import { type IReviewContext, ReviewContext } from '../context';
import type { ReviewModel } from '../model';
import { ReviewView } from '../view';
import { headline } from '../words';
import { Bench, finding, LOCKED, TEXT } from './server';

const HOSTILE = '<img src=x onerror=alert(1)>\u202e';

let bench: Bench;
let host: HTMLElement;
let visited: string[];

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  bench = new Bench();
  visited = [];
  host = document.body.appendChild(document.createElement('div'));
});

afterEach(() => {
  bench.dispose();
  host.remove();
  vi.unstubAllGlobals();
});

async function shown(review: IReview): Promise<ReviewModel> {
  bench.server.review = async (_, lock) => ({
    ...review,
    complete: lock && review.complete
  });
  const model = bench.review();
  await model.review();
  const context: IReviewContext = {
    model,
    trans: nullTranslator.load('jupyter_modelship'),
    languages: null,
    about: Promise.reject(new Error('nobody asks')),
    schema: async () => ({}),
    checks: async () => ({}),
    nextRevision: () => 5,
    goToCell: (cell, line) => visited.push(`${cell}:${line}`),
    openRun: run => visited.push(run),
    openService: service => visited.push(service),
    close: () => visited.push('close')
  };
  const root = createRoot(host);
  const draw = () =>
    root.render(
      <ReviewContext.Provider value={{ ...context }}>
        <ReviewView />
      </ReviewContext.Provider>
    );
  model.changed.connect(() => act(draw));
  act(draw);
  return model;
}

function button(name: string): HTMLButtonElement {
  const all = [...host.querySelectorAll('button')];
  const found = all.find(
    one => (one.getAttribute('aria-label') ?? one.textContent) === name
  );
  if (found === undefined) {
    throw new Error(`there is no button ${name}`);
  }
  return found;
}

describe('the one primary button', () => {
  const primary = () => [
    ...host.querySelectorAll<HTMLButtonElement>('button.jp-mod-accept')
  ];

  it('ships where nothing stands in the way', async () => {
    await shown(LOCKED);
    expect(primary().map(one => [one.textContent, one.disabled])).toEqual([
      ['Ship revision 5', false]
    ]);
    await act(async () => button('Ship revision 5').click());
    expect(bench.server.ships).toHaveLength(1);
    expect(primary().map(one => one.textContent)).toEqual(['Open run']);
  });

  it('is disabled where a finding blocks, and its description says why', async () => {
    await shown({ ...TEXT, findings: [finding('orphan-name')] });
    const [ship] = primary();
    expect(ship.disabled).toBe(true);
    const id = ship.getAttribute('aria-describedby') ?? '';
    expect(document.getElementById(id)?.textContent).toBe(
      'A finding blocks. Mend it, then review again.'
    );
  });

  it('reviews again where the notebook has changed', async () => {
    await shown(LOCKED);
    act(() => bench.door.edit());
    expect(primary().map(one => one.textContent)).toEqual(['Review again']);
  });

  it('leads to the service where the same plan is live', async () => {
    await shown({ ...LOCKED, unchanged: true });
    expect(primary().map(one => one.textContent)).toEqual(['Open iris']);
    act(() => primary()[0].click());
    expect(visited).toEqual(['iris']);
  });
});

it('jumps from a finding to cell and line', async () => {
  await shown({ ...TEXT, findings: [finding('orphan-name')] });
  act(() => button('Go to cell 4, line 2').click());
  expect(visited).toEqual(['c4:2']);
});

it('keeps the field of a reason with its finding when another comes before it', async () => {
  const text = finding('absolute-path');
  const early = { ...TEXT, findings: [text], overridable: ['absolute-path'] };
  const late = { ...early, findings: [finding('found-by-the-lock'), text] };
  const model = await shown(early);
  const field = host.querySelector<HTMLInputElement>('input')!;
  field.focus();
  bench.server.review = async () => late;
  await act(async () => {
    await model.review();
    await bench.settled();
  });
  expect(host.textContent).toContain('found-by-the-lock');
  expect(host.querySelector('input')).toBe(field);
  expect(document.activeElement).toBe(field);
});

it('asks which function to serve, and nothing else', async () => {
  const candidate = {
    kind: 'function' as const,
    function: 'predict',
    cell: 'c8',
    number: 8,
    signature: 'predict(row: list[float]) -> str',
    source: null
  };
  await shown({
    ...TEXT,
    endpoints: [],
    candidates: [candidate],
    findings: [finding('no-endpoint')]
  });
  expect(host.querySelector('h2')?.textContent).toBe(
    'Which function should be served?'
  );
  expect(host.textContent).toContain(candidate.signature);
  await act(async () => {
    button('Serve predict').click();
    await vi.waitFor(() => expect(bench.door.done).toHaveLength(3));
    await bench.settled();
  });
  expect(bench.door.done).toEqual(['save', 'choose predict', 'save']);
});

it('names what runs code when the service is built, and nothing where nothing does', async () => {
  const reference = `git+https://git.example/team/maths@${'a'.repeat(40)}`;
  const review: IReview = {
    ...LOCKED,
    packages: [
      ['numpy', '2.3.0'],
      ['team-maths', '1.4']
    ],
    sources: [{ name: 'team-maths', version: '1.4', reference }],
    options: { ...LOCKED.options, apt: ['libgomp1'] }
  };
  await shown(review);
  expect(headline(review, nullTranslator.load('jupyter_modelship'))).toContain(
    '2 packages (1 built from source)'
  );
  const row = [...host.querySelectorAll('dt')].find(
    one => one.textContent === 'Runs code at build'
  );
  expect(
    [...(row?.nextElementSibling?.querySelectorAll('li') ?? [])].map(
      one => one.textContent
    )
  ).toEqual([
    `team-maths 1.4, from ${reference}`,
    'libgomp1, a Debian package'
  ]);
});

it('says nothing of code at build where there is none', async () => {
  await shown(LOCKED);
  expect(host.textContent).not.toContain('Runs code at build');
  expect(host.textContent).not.toContain('built from source');
});

it('shows hostile text as text, wherever it stands', async () => {
  await shown({
    ...LOCKED,
    service: HOSTILE,
    findings: [
      { ...finding('x', 'warn'), message: HOSTILE, remedy: `\`${HOSTILE}\`` }
    ],
    holes: [HOSTILE],
    breaking: [{ endpoint: 'f', message: HOSTILE }],
    examples: [
      { function: HOSTILE, cell: 'c', arguments: HOSTILE, result: HOSTILE }
    ],
    packages: [[HOSTILE, HOSTILE]],
    sources: [{ name: HOSTILE, version: HOSTILE, reference: HOSTILE }],
    options: { ...LOCKED.options, apt: [HOSTILE] },
    permissions: {
      env: [HOSTILE],
      secrets: [HOSTILE],
      reads: [HOSTILE],
      hosts: [HOSTILE]
    }
  });
  expect(host.querySelector('img')).toBeNull();
  expect(host.textContent).not.toContain('\u202e');
  expect(host.textContent?.split('⟨U+202E⟩').length).toBeGreaterThan(12);
});
