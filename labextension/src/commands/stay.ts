/** How long cells may still move after a jump: JupyterLab draws those above when it is idle. */
const MILLISECONDS = 5000;
/** What people do to look elsewhere. */
const LEAVES = ['wheel', 'pointerdown', 'keydown'] as const;

/** Ends the wait of the jump before. */
let end: () => void = () => undefined;

/**
 * Bring `node` into view again whenever what lies above it in `content` changes its height, until
 * people look elsewhere themselves.
 *
 * @param again scrolls to it
 */
export function stayAt(
  node: HTMLElement,
  content: HTMLElement,
  again: () => void
): void {
  end();
  const observer = new ResizeObserver(() => {
    if (!node.isConnected || !seen(node, content)) {
      again();
    }
  });
  const stop = () => {
    observer.disconnect();
    window.clearTimeout(timer);
    LEAVES.forEach(type => content.removeEventListener(type, stop, true));
    end = () => undefined;
  };
  const timer = window.setTimeout(stop, MILLISECONDS);
  LEAVES.forEach(type => content.addEventListener(type, stop, true));
  end = stop;
  for (const each of [
    content,
    ...content.querySelectorAll(
      '.jp-WindowedPanel-inner, .jp-WindowedPanel-viewport'
    )
  ]) {
    observer.observe(each);
  }
}

function seen(node: HTMLElement, content: HTMLElement): boolean {
  const inner = node.getBoundingClientRect();
  const outer = content.getBoundingClientRect();
  return inner.top < outer.bottom && inner.bottom > outer.top;
}
