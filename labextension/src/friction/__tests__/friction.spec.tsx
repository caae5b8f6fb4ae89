import { nullTranslator } from '@jupyterlab/translation';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { describe, expect, it, vi } from 'vitest';
import { Problem } from '../../core/problem';
import type { IAbout } from '../../tokens';
import type { IRun } from '../../wire';
import { link } from '../link';
import { FrictionModel } from '../model';
import { FrictionView } from '../view';

const ABOUT: IAbout = {
  version: '1.2.3',
  targets: [],
  who: 'ada',
  questions_url: 'https://forum.example/ask',
  faq_url: 'https://docs.example/faq#old',
  friction: true
};
const RUN = { id: 'r', error: { code: 'rehearsal-failed' } } as IRun;

const api = (
  friction = (code: boolean) => Promise.resolve(`code: ${code}`)
) => ({
  friction: vi.fn(async (_: string, code: boolean) => ({
    markdown: await friction(code)
  })),
  sendFriction: vi.fn(() => Promise.resolve())
});

describe('an address of the administrator', () => {
  it('is one that a browser may be sent to', () => {
    expect(link('https://a.example/x')).toBe('https://a.example/x');
    for (const bad of [
      '',
      'javascript:alert(1)',
      'data:text/html,x',
      '//x',
      'faq',
      'file:///x'
    ]) {
      expect(link(bad)).toBeNull();
    }
  });

  it('leads to the entry of an error, whatever its code is', () => {
    expect(link('https://a.example/x#y', 'stage-failed')).toBe(
      'https://a.example/x#stage-failed'
    );
    expect(link('http://a.example', '"><img>')).toBe(
      'http://a.example/#%22%3E%3Cimg%3E'
    );
  });
});

describe('a report', () => {
  it('holds no code unless asked, and the note above the bundle', async () => {
    const model = new FrictionModel(api(), ABOUT, RUN);
    await model.load(false);
    model.write('  the lock took long ');
    expect(model.text).toBe('the lock took long\n\ncode: false');
    await model.load(true);
    expect(model.text).toBe('the lock took long\n\ncode: true');
  });

  it('is not ready while another bundle is made: what is shown is what leaves', async () => {
    const model = new FrictionModel(api(), ABOUT, RUN);
    await model.load(true);
    const without = model.load(false);
    expect([model.ready, model.text]).toEqual([false, '']);
    await without;
    expect([model.ready, model.text]).toEqual([true, 'code: false']);
  });

  it('goes by the last tick, whichever answer comes first', async () => {
    const answers: ((text: string) => void)[] = [];
    const model = new FrictionModel(
      api(() => new Promise(done => answers.push(done))),
      ABOUT,
      RUN
    );
    const [first, second] = [model.load(true), model.load(false)];
    answers[1]('without');
    answers[0]('with code');
    await Promise.all([first, second]);
    expect([model.code, model.text]).toEqual([false, 'without']);
  });

  it('says why there is no bundle', async () => {
    const gone = new Problem(404, { code: 'no-run', message: 'no such run' });
    const model = new FrictionModel(
      api(() => Promise.reject(gone)),
      ABOUT,
      RUN
    );
    await model.load(false);
    expect([model.ready, model.problem?.message]).toEqual([
      false,
      'no such run'
    ]);
  });

  it('is sent with code only if that was ticked', async () => {
    const server = api();
    const model = new FrictionModel(server, ABOUT, RUN);
    await model.load(false);
    model.write('slow');
    await model.send();
    expect(server.sendFriction).toHaveBeenCalledWith('r', false, 'slow');
  });

  it('without a run is the version and the note', async () => {
    const model = new FrictionModel(api(), ABOUT, null);
    await model.load(true);
    model.write('where do I begin');
    expect(model.text).toBe('where do I begin\n\njupyter_modelship 1.2.3');
  });
});

describe('the dialog', () => {
  async function shown(
    about: Partial<IAbout>,
    bundle = 'bundle',
    run: IRun | null = RUN
  ) {
    const model = new FrictionModel(
      api(() => Promise.resolve(bundle)),
      { ...ABOUT, ...about },
      run
    );
    await model.load(false);
    const view = new FrictionView(
      model,
      nullTranslator.load('jupyter_modelship')
    );
    Widget.attach(view, document.body);
    MessageLoop.flush();
    await view.renderPromise;
    return view.node;
  }

  it('links to the entry of the error and to the place for questions', async () => {
    const node = await shown({});
    const links = [...node.querySelectorAll('a')].map(a => [
      a.href,
      a.rel,
      a.target
    ]);
    expect(links).toEqual([
      [
        'https://docs.example/faq#rehearsal-failed',
        'noopener noreferrer',
        '_blank'
      ],
      ['https://forum.example/ask', 'noopener noreferrer', '_blank']
    ]);
  });

  it('links nowhere where the administrator named no place, or a bad one', async () => {
    const node = await shown({
      faq_url: '',
      questions_url: 'javascript:alert(1)'
    });
    expect(node.querySelectorAll('a')).toHaveLength(0);
  });

  it('shows hostile log lines as text', async () => {
    const node = await shown(
      {},
      '<img src=x onerror=alert(1)>\n\u202ereversed'
    );
    expect(node.querySelector('img')).toBeNull();
    expect(node.querySelector('pre')?.textContent).toBe(
      '<img src=x onerror=alert(1)>\n⟨U+202E⟩reversed'
    );
  });
});
