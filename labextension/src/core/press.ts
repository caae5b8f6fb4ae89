/** Milliseconds after a release in which its click may still come: on touch screens it is late. */
const CLICK_MS = 100;

/** A pointer is down; its click is being told to those who listen; all of that is over. */
export type Press = 'pressed' | 'clicking' | 'over';

/**
 * Tell when a pointer is pressed on something within `box`, and when that is over: after the click
 * that the release brings, whatever it hits. Until the returned function is called.
 */
export function watchPress(
  box: HTMLElement,
  tell: (press: Press) => void
): () => void {
  const page = box.ownerDocument.defaultView ?? window;
  let timer = 0;
  const end = (): void => {
    listen(page, over, false);
    timer = 0;
    tell('over');
  };
  const release = (): void => {
    timer ||= page.setTimeout(end, CLICK_MS);
  };
  const over: IListeners = {
    pointerup: release,
    pointercancel: release,
    dragend: release,
    // Not of what had the focus before: of the window.
    blur: event => {
      if (event.target === event.currentTarget) {
        release();
      }
    },
    // A release that nobody told of: over a scroll bar, or outside the window.
    pointermove: event => {
      if ((event as PointerEvent).buttons === 0) {
        release();
      }
    },
    click: () => {
      page.clearTimeout(timer);
      timer = page.setTimeout(end, 0);
      tell('clicking');
    }
  };
  const begin = (): void => {
    page.clearTimeout(timer);
    timer = 0;
    listen(page, over, true);
    tell('pressed');
  };
  box.addEventListener('pointerdown', begin, true);
  return () => {
    page.clearTimeout(timer);
    listen(page, over, false);
    box.removeEventListener('pointerdown', begin, true);
  };
}

interface IListeners {
  [event: string]: (event: Event) => void;
}

function listen(page: Window, listeners: IListeners, on: boolean): void {
  for (const [event, listener] of Object.entries(listeners)) {
    if (on) {
      page.addEventListener(event, listener, true);
    } else {
      page.removeEventListener(event, listener, true);
    }
  }
}
