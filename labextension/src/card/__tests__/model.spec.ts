import { beforeEach, describe, expect, it } from 'vitest';

import { Harbour, service } from '../../services/__tests__/fixtures';
import type { Json } from '../../wire';
import { Loaded } from '../loaded';
import { CardModel } from '../model';

let harbour: Harbour;
let asked: string[];
let card: CardModel;

const DOCUMENT: Json = { paths: { '/p': { post: { operationId: 'p' } } } };
const settled = (): Promise<void> =>
  new Promise(resolve => setTimeout(resolve));

beforeEach(() => {
  harbour = new Harbour();
  asked = [];
  harbour.api.openapi = name => {
    asked.push(`openapi ${name}`);
    return Promise.resolve(DOCUMENT);
  };
  harbour.api.failures = () => {
    asked.push('failures');
    return Promise.resolve([]);
  };
  harbour.api.files = (_, revision) => {
    asked.push(`files ${revision}`);
    return Promise.resolve([]);
  };
  card = new CardModel(harbour.ship, 'iris');
});

describe('the card', () => {
  it('asks for nothing before its service is known', () => {
    expect(asked).toEqual([]);
    expect(card.deleted).toBe(false);
  });

  it('reads the contract once a revision, and keeps what was typed where it is the same', async () => {
    harbour.services(service());
    await settled();
    const trial = card.trial;
    trial?.use({ typed: 1 });
    harbour.services(service({ restarts: 1 }));
    harbour.services(service({ revision: 5 }));
    await settled();
    expect(asked).toEqual(['openapi iris', 'openapi iris']);
    expect(card.trial).toBe(trial);
  });

  it('loads of each tab what it shows, and no more', async () => {
    harbour.services(service());
    card.tab = 'watch';
    card.tab = 'try';
    card.tab = 'watch';
    await settled();
    expect(asked).toEqual(['openapi iris', 'failures']);
  });

  it('shows the service as it was when it is deleted', () => {
    harbour.services(service());
    harbour.services();
    expect([card.deleted, card.service?.service]).toEqual([true, 'iris']);
  });

  it('compares another revision without showing files of the one before', async () => {
    harbour.services(service());
    card.compared = 3;
    await settled();
    card.compared = 2;
    expect(card.files.value).toBeNull();
    await settled();
    expect(asked.slice(1)).toEqual(['files 3', 'files 2']);
  });
});

describe('what is loaded', () => {
  it('is the newest answer, in whatever order they come', async () => {
    const answers: ((value: number) => void)[] = [];
    const loaded = new Loaded<number>(
      () => new Promise(resolve => answers.push(resolve)),
      () => undefined
    );
    loaded.want('a');
    loaded.want('b');
    answers[1](2);
    answers[0](1);
    await settled();
    expect([loaded.value, loaded.loading]).toEqual([2, false]);
  });

  it('keeps the old value when it cannot be loaded again', async () => {
    const answers = [
      () => Promise.resolve(1),
      () => Promise.reject(new Error('no'))
    ];
    const loaded = new Loaded<number>(
      () => answers.shift()!(),
      () => undefined
    );
    loaded.want('a');
    await settled();
    await loaded.reload();
    expect([loaded.value, loaded.problem?.message]).toEqual([1, 'Error: no']);
  });
});
