import type { TranslationBundle } from '@jupyterlab/translation';
import { UUID } from '@lumino/coreutils';

/** A number of bytes as people read it: 812 B, 1.2 MB. The same as on the command line. */
export function size(bytes: number): string {
  let amount = bytes;
  for (const unit of ['B', 'kB', 'MB']) {
    if (amount < 1000) {
      return unit === 'MB'
        ? `${amount.toFixed(1)} MB`
        : `${amount.toFixed(0)} ${unit}`;
    }
    amount /= 1000;
  }
  return `${amount.toFixed(1)} GB`;
}

/** How long something took: 8 ms, 3.1 s, 2 min 5 s, 1 h 3 min. */
export function duration(seconds: number): string {
  if (seconds < 0.0005) {
    return '0 ms';
  }
  if (seconds < 0.1) {
    return `${Math.round(seconds * 1000)} ms`;
  }
  if (seconds < 59.95) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) {
    return `${minutes} min ${whole % 60} s`;
  }
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** How long ago a moment was (UTC epoch seconds), in words. */
export function ago(
  then: number,
  trans: TranslationBundle,
  now: number = Date.now() / 1000
): string {
  const seconds = Math.max(now - then, 0);
  if (seconds < 60) {
    return trans.__('just now');
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return trans._n('%1 minute ago', '%1 minutes ago', minutes, minutes);
  }
  const hours = Math.floor(minutes / 60);
  if (hours < 24) {
    return trans._n('%1 hour ago', '%1 hours ago', hours, hours);
  }
  const days = Math.floor(hours / 24);
  return trans._n('%1 day ago', '%1 days ago', days, days);
}

/** A moment (UTC epoch seconds) as this window's clock has it: 14:03, and its day where that is
 * another one. */
export function clock(then: number, now: Date = new Date()): string {
  const moment = new Date(then * 1000);
  const time = moment.toLocaleTimeString([], {
    hour: '2-digit',
    minute: '2-digit'
  });
  return moment.toDateString() === now.toDateString()
    ? time
    : `${moment.toLocaleDateString()} ${time}`;
}

/** The first six digits of a digest: how plans are shown to people. */
export function short(digest: string): string {
  return digest.slice(0, 6);
}

/** A new id of a run: the idempotency key of its request. */
export function newId(): string {
  return UUID.uuid4();
}

const UUID_SHAPE = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a value from outside can be the id of a run. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && UUID_SHAPE.test(value);
}

/** A message that begins with its place, as `cell 5 (\`fit()\`), line 3: KeyError`. */
const PLACED = /^(cell (\d+))(?: \(`.*?`\))?(, line \d+)?: /;

/** The number of the cell that a message begins with; null where it begins otherwise. */
export function placeIn(message: string): number | null {
  const found = PLACED.exec(message);
  return found ? Number(found[2]) : null;
}

/** A message without its place, where that is said already. */
export function withoutPlace(message: string): string {
  return message.replace(PLACED, '');
}

/** A message with the numbers of its place alone, where there is room for no more. */
export function shortPlace(message: string): string {
  return message.replace(PLACED, '$1$3: ');
}
