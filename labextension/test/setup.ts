/** What a browser has and jsdom has not, and JupyterLab's packages touch when they are imported. */
class DragEventStub extends MouseEvent {}

globalThis.DragEvent ??= DragEventStub as typeof DragEvent;
globalThis.ResizeObserver ??= class {
  observe(): void {
    // Nothing has a size here.
  }
  unobserve(): void {
    // The same.
  }
  disconnect(): void {
    // The same.
  }
};
globalThis.IntersectionObserver ??= class {
  readonly root = null;
  readonly rootMargin = '';
  readonly thresholds = [];
  observe(): void {
    // Nothing scrolls here.
  }
  unobserve(): void {
    // The same.
  }
  disconnect(): void {
    // The same.
  }
  takeRecords(): IntersectionObserverEntry[] {
    return [];
  }
};
window.matchMedia ??= (query: string) =>
  ({
    matches: false,
    media: query,
    onchange: null,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    addListener: () => undefined,
    removeListener: () => undefined,
    dispatchEvent: () => false
  }) as MediaQueryList;
globalThis.requestIdleCallback ??= run =>
  window.setTimeout(
    () => run({ didTimeout: false, timeRemaining: () => 50 }),
    10
  );
