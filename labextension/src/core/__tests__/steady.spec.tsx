import { Signal } from '@lumino/signaling';
import * as React from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Steady } from '../steady';

let box: HTMLElement;
let root: Root;
let text: string;
let changed: Signal<object, void>;

function show(): void {
  React.act(() =>
    root.render(
      <Steady signals={[changed]}>{() => <button>{text}</button>}</Steady>
    )
  );
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  box = document.createElement('div');
  document.body.append(box);
  root = createRoot(box);
  text = 'before';
  changed = new Signal({});
  show();
});

afterEach(() => {
  React.act(() => root.unmount());
  box.remove();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A pointer does something, on the button or elsewhere in the window. */
function point(event: string, on: EventTarget = button(), buttons = 1): void {
  React.act(() => {
    on.dispatchEvent(new MouseEvent(event, { bubbles: true, buttons }));
  });
}

function button(): HTMLElement {
  return box.querySelector('button')!;
}

function change(to: string): void {
  text = to;
  React.act(() => changed.emit());
}

/** What is seen now, and after so many milliseconds. */
function after(milliseconds: number): string | null {
  React.act(() => vi.advanceTimersByTime(milliseconds));
  return button().textContent;
}

describe('what is drawn', () => {
  it('is what is so after each signal', () => {
    change('after');
    expect(button().textContent).toBe('after');
  });

  it('stays below a pointer that is pressed on it, until its click is through', () => {
    point('pointerdown');
    change('after');
    expect(after(60_000)).toBe('before');
    point('pointerup');
    change('later');
    expect(button().textContent).toBe('before');
    point('click');
    expect(after(0)).toBe('later');
  });

  it('is at once what the click itself made of it', () => {
    let ticked = false;
    React.act(() =>
      root.render(
        <Steady key="tick" signals={[changed]}>
          {() => (
            <input
              type="checkbox"
              checked={ticked}
              onChange={event => {
                ticked = event.target.checked;
                changed.emit();
              }}
            />
          )}
        </Steady>
      )
    );
    const tick = box.querySelector('input')!;
    point('pointerdown', tick);
    point('pointerup', tick);
    React.act(() => tick.click());
    expect(tick.checked).toBe(true);
  });

  it('stays also where what is around it is drawn anew', () => {
    point('pointerdown');
    text = 'after';
    show();
    expect(button().textContent).toBe('before');
    point('click');
    expect(after(0)).toBe('after');
  });

  it.each([
    ['pointerup', 1],
    ['pointercancel', 1],
    ['dragend', 1],
    ['blur', 0],
    ['pointermove', 0]
  ])('changes soon after %s, though no click follows', (event, buttons) => {
    point('pointerdown');
    change('after');
    point(event, window, buttons);
    expect(after(100)).toBe('after');
  });

  it('stays while the pointer is dragged', () => {
    point('pointerdown');
    change('after');
    point('pointermove');
    expect(after(60_000)).toBe('before');
  });

  it('stays for the click of a second press that follows at once', () => {
    point('pointerdown');
    point('pointerup');
    point('pointerdown');
    change('after');
    expect(after(60_000)).toBe('before');
  });

  it('is not held by a pointer that is pressed elsewhere', () => {
    point('pointerdown', document.body);
    change('after');
    expect(button().textContent).toBe('after');
  });

  it('has no ear left when it is gone', () => {
    const removed = vi.spyOn(window, 'removeEventListener');
    point('pointerdown');
    React.act(() => root.unmount());
    expect(removed.mock.calls.map(([event]) => event)).toContain('pointerup');
    change('after');
    expect(vi.getTimerCount()).toBe(0);
    root = createRoot(box);
    removed.mockRestore();
  });
});
