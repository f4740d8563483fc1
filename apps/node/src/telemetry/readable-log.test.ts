import { expect, it } from 'vitest';
import { createFormat } from './readable-log.js';

const format = createFormat(false);
const line = (entry: object) =>
  format(JSON.stringify({ level: 30, time: 0, pid: 1, hostname: 'h', ...entry })).replace(
    /^\[[\d:]+\] /,
    '',
  );
const REQUEST = {
  msg: 'request',
  requestId: 'id-1',
  client: '127.0.0.1',
  method: 'GET',
  route: 'image',
  path: '/my-app/photo.jpg',
  project: 'my-app',
  status: 200,
  durationMs: 1.5,
};

it('shows a request in one line, and its id if it failed', () => {
  expect(line({ ...REQUEST, cache: 'HIT' })).toBe(
    'INFO: GET /my-app/photo.jpg 200 in 1.5 ms {"cache":"HIT"}\n',
  );
  const refused = { ...REQUEST, path: undefined, route: 'unknown', status: 404, code: 'not_found' };
  expect(line(refused)).toBe(
    'INFO: GET (unknown) 404 in 1.5 ms {"code":"not_found","requestId":"id-1"}\n',
  );
});

it('shows the facts of other lines, and the stack of an error', () => {
  expect(line({ msg: 'listening', workers: 1 })).toBe('INFO: listening {"workers":1}\n');
  const err = { type: 'Error', message: 'broken', stack: 'Error: broken\n    at file.ts:1' };
  expect(line({ level: 50, msg: 'failed', err })).toMatch(
    /^ERROR: failed[\s\S]*Error: broken[\s\S]*at file\.ts:1/,
  );
});

it('lets no text control the terminal', () => {
  const path = '/my-app/\x1b]0;title\x07\x9b2J\r\x1b[2J';
  expect(line({ ...REQUEST, path })).toContain(String.raw`\x1b]0;title\x07\x9b2J\x0d\x1b[2J`);
  const stack = 'Error: no \x1b[8m\n    at file.ts:1';
  const shown = line({ level: 50, msg: 'a \x1b[8m', err: { type: 'Error', message: 'no', stack } });
  expect(shown).not.toContain('\x1b');
  expect(shown.split('\\x1b[8m')).toHaveLength(3);
});
