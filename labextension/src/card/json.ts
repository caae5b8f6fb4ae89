import type { Json } from '../wire';

/** What would change how text is read without being seen, and is legal in a string of all three languages as \uXXXX. */
const HIDDEN = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** JSON on one line as people write it, with a blank behind each comma and colon. */
export function spaced(value: Json): string {
  if (Array.isArray(value)) {
    return `[${value.map(spaced).join(', ')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value).map(
      ([key, part]) => `${quoted(key)}: ${spaced(part)}`
    );
    return `{${parts.join(', ')}}`;
  }
  return typeof value === 'string' ? quoted(value) : JSON.stringify(value);
}

/** A string in double quotes, the same in JSON, Python and JavaScript. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(
    HIDDEN,
    one => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`
  );
}

/** Longest line that is kept on one line. */
const LINE = 72;

/** JSON to be edited: a part that fits stays on one line, so that a row of numbers is a row. */
export function indented(value: Json): string {
  return block(value, '', 0);
}

/** `value` behind `taken` characters of a line that begins with `before`. */
function block(value: Json, before: string, taken: number): string {
  const line = spaced(value);
  const container = typeof value === 'object' && value !== null;
  if (!container || taken + line.length <= LINE) {
    return line;
  }
  const inner = before + '  ';
  const parts = Array.isArray(value)
    ? value.map(part => block(part, inner, inner.length))
    : Object.entries(value).map(([key, part]) => {
        const name = `${quoted(key)}: `;
        return name + block(part, inner, inner.length + name.length);
      });
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const body = parts.map(part => inner + part).join(',\n');
  return `${open}\n${body}\n${before}${close}`;
}

/** A value as Python writes it. */
export function python(value: Json): string {
  if (Array.isArray(value)) {
    return `[${value.map(python).join(', ')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value).map(
      ([key, part]) => `${quoted(key)}: ${python(part)}`
    );
    return `{${parts.join(', ')}}`;
  }
  if (value === null) {
    return 'None';
  }
  if (typeof value === 'boolean') {
    return value ? 'True' : 'False';
  }
  return spaced(value);
}
