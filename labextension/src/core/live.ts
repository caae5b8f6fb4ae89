/**
 * Runs that a cell asked for while it ran in this window: `%deploy --yes`. Commands can be called
 * by anything that is shown (a link in Markdown is enough), so their word alone ships nothing.
 */
const asked = new Set<string>();

/** A cell that runs now asks for the run of this id; called where its message comes in. */
export function announce(run: string): void {
  asked.add(run);
}

/** Whether a cell asked for this run. True once: each word ships one run. */
export function taken(run: unknown): run is string {
  return typeof run === 'string' && asked.delete(run);
}
