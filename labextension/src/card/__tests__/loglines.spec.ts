import { describe, expect, it } from 'vitest';

import { readable } from '../loglines';

const time = '2026-11-23T10:20:30.400Z';
const clock = /^\d\d:\d\d:30\.400$/;

describe('a line of the log', () => {
  it('is the time of day, what happened, and its facts', () => {
    const line = JSON.stringify({
      time,
      level: 'info',
      event: 'print',
      message: 'hello',
      n: 2
    });
    const [said, ...more] = readable(line);
    const [first, ...rest] = said.split('  ');
    expect(first).toMatch(clock);
    expect([rest, more]).toEqual([['print', 'hello', 'n=2'], []]);
  });

  it('names its replica, though the service wrote another name', () => {
    const [head] = readable(
      '{"replica": "other", "event": "print", "message": "hello", "replica": "iris-7c-x2"}'
    );
    expect(head).toBe('iris-7c-x2  print  hello');
  });

  it('names a level that is not the usual one, and shows the traceback below', () => {
    const line = JSON.stringify({
      time,
      level: 'error',
      event: 'failed',
      message: "'petal width'",
      error: 'KeyError',
      traceback: 'Traceback:\n  File "service.py"\n'
    });
    const [head, ...trace] = readable(line);
    expect(head.split('  ').slice(1)).toEqual([
      'ERROR',
      'failed',
      "'petal width'",
      'error=KeyError'
    ]);
    expect(trace).toEqual(['    Traceback:', '      File "service.py"']);
  });

  it('stays as it is where it is none of ours', () => {
    for (const line of [
      'plain text',
      '{broken',
      '{"no": "event"}',
      '',
      '[1]'
    ]) {
      expect(readable(line)).toEqual([line]);
    }
  });
});
