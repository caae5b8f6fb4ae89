import type { Json } from '../wire';
import { type Obj, objectOf, textOf } from './contract';
import { spaced } from './json';

/** Facts that stand elsewhere in the line, or below it. */
const PLACED = new Set([
  'time',
  'replica',
  'level',
  'event',
  'message',
  'traceback'
]);

/**
 * A line of a service's JSON log as people read it: time, replica where it names one, level where it
 * is not "info", what happened, its message, the other facts. A traceback follows in lines of its
 * own. What is no JSON stays as it is.
 */
export function readable(line: string): string[] {
  const said = parsed(line);
  if (said === null) {
    return [line];
  }
  const level = textOf(said.level);
  const facts = Object.entries(said)
    .filter(([name]) => !PLACED.has(name))
    .map(([name, value]) => `${name}=${fact(value)}`);
  const head = [
    clock(textOf(said.time)),
    textOf(said.replica),
    level === 'info' || level === '' ? '' : level.toUpperCase(),
    textOf(said.event),
    textOf(said.message),
    ...facts
  ];
  const rest = textOf(said.traceback).trimEnd();
  return [
    head.filter(Boolean).join('  '),
    ...(rest ? rest.split('\n').map(one => `    ${one}`) : [])
  ].flatMap(one => one.split('\n'));
}

function parsed(line: string): Obj | null {
  if (!line.startsWith('{')) {
    return null;
  }
  try {
    const value = objectOf(JSON.parse(line) as Json);
    return 'event' in value ? value : null;
  } catch {
    return null;
  }
}

function fact(value: Json): string {
  return typeof value === 'string' && /^[\w./:-]+$/.test(value)
    ? value
    : spaced(value);
}

/** The time of day in this place, with milliseconds. */
function clock(time: string): string {
  const moment = new Date(time);
  if (Number.isNaN(moment.getTime())) {
    return time;
  }
  const part = (value: number, width = 2): string =>
    String(value).padStart(width, '0');
  const day = [moment.getHours(), moment.getMinutes(), moment.getSeconds()].map(
    value => part(value)
  );
  return `${day.join(':')}.${part(moment.getMilliseconds(), 3)}`;
}
