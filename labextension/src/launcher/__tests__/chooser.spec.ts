import { nullTranslator } from '@jupyterlab/translation';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { afterEach, describe, expect, it } from 'vitest';

import { Chooser, type IStarter } from '../chooser';

const trans = nullTranslator.load('jupyter_modelship');
const starter = (
  name: string,
  title: string,
  description: string
): IStarter => ({ name, title, description });
const STARTERS = [
  starter('model', 'A model', 'Fitted here.'),
  starter('bad', '<img src=x onerror=alert(1)>', '\u202Ex')
];
const shown: Chooser[] = [];

async function show(starters: readonly IStarter[]): Promise<Chooser> {
  const chooser = new Chooser(starters, trans);
  shown.push(chooser);
  Widget.attach(chooser, document.body);
  MessageLoop.flush();
  await chooser.renderPromise;
  return chooser;
}

afterEach(() => {
  shown.splice(0).forEach(chooser => chooser.dispose());
});

describe('the chooser', () => {
  it('has the first one chosen, and then what is clicked', async () => {
    const chooser = await show(STARTERS);
    expect(chooser.getValue()).toBe('model');
    chooser.node.querySelectorAll('input')[1].click();
    expect(chooser.getValue()).toBe('bad');
  });

  it('shows hostile words as words', async () => {
    const chooser = await show(STARTERS);
    expect(chooser.node.querySelector('img')).toBeNull();
    expect(chooser.node.textContent).toContain('<img src=x onerror=alert(1)>');
    expect(chooser.node.textContent).not.toContain('\u202E');
  });

  it('says so where nothing is installed', async () => {
    const chooser = await show([]);
    expect(chooser.getValue()).toBeNull();
    expect(chooser.node.textContent).toContain('No starter notebooks');
  });
});
