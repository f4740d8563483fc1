import { describe, expect, it } from 'vitest';
import { type Flip, judge, spellsOf, type Trouble } from './history.js';
import { NO_END, type Seen } from './reads.js';

const flip = (to: Flip['to'], began: number, ended: number, answered = true): Flip => ({
  image: 'a',
  to,
  began,
  ended,
  answered,
});
const seen = (began: number, ended: number, status: number, more: Partial<Seen> = {}): Seen => ({
  image: 'a',
  kind: 'master',
  through: 'one',
  signed: false,
  began,
  ended,
  status,
  code: CODES[status] ?? '',
  ...more,
});
const CODES: Record<number, string> = { 403: 'signed_token_required', 503: 'storage_unavailable' };
const FLIPS = [flip('private', 10, 20), flip('public', 50, 60), flip('private', 100, 110, false)];
const SPELLS = spellsOf([...FLIPS, flip('private', 150, 160)]);
const outcome = (read: Seen, troubles: readonly Trouble[] = []) =>
  judge(read, SPELLS, troubles).outcome;

describe('the known visibility of an image', () => {
  it('lasts from a response to the next request', () => {
    expect(SPELLS).toEqual([
      { visibility: 'private', from: 20, until: 50 },
      { visibility: 'public', from: 60, until: 100 },
      { visibility: 'private', from: 160, until: Number.POSITIVE_INFINITY },
    ]);
  });
});

describe('a read', () => {
  it('is a leak if it lies between two changes while the image is private, and got the image', () => {
    expect(outcome(seen(20, 50, 200))).toBe('wrong');
    expect(outcome(seen(25, 30, 304))).toBe('wrong');
    expect(outcome(seen(170, 180, 206))).toBe('wrong');
    expect(outcome(seen(25, 30, 200, { signed: true }))).toBe('given');
    expect(outcome(seen(25, 30, 403))).toBe('refused');
  });

  it('may get either while the visibility is unknown', () => {
    for (const [began, ended] of [
      [19, 30], // began before the response
      [30, 51], // ended after the next request
      [105, 159], // after a change without a response
    ] as const) {
      expect(outcome(seen(began, ended, 200))).toBe('given');
      expect(outcome(seen(began, ended, 403))).toBe('refused');
    }
  });

  it('is never refused if it is signed, or while the image is public', () => {
    expect(outcome(seen(25, 30, 403, { signed: true }))).toBe('wrong');
    expect(outcome(seen(65, 70, 403))).toBe('wrong');
  });

  it('never gets other bytes or another refusal', () => {
    expect(outcome(seen(65, 70, 200, { code: 'other bytes' }))).toBe('wrong');
    expect(outcome(seen(25, 30, 403, { code: 'serve_token_invalid' }))).toBe('wrong');
    for (const status of [404, 500, 429, 502]) expect(outcome(seen(65, 70, status))).toBe('wrong');
  });

  it('may fail only during a fault of its server and shortly after', () => {
    const troubles = [{ what: 'killed', servers: ['one'], from: 30, until: 40 }];
    for (const status of [0, 503]) {
      expect(outcome(seen(35, 36, status), troubles)).toBe('away');
      expect(outcome(seen(3030, 3035, status), troubles)).toBe('away');
      expect(outcome(seen(3041, 3045, status), troubles)).toBe('wrong');
      expect(outcome(seen(20, 29, status), troubles)).toBe('wrong');
      expect(outcome(seen(35, 36, status, { through: 'two' }), troubles)).toBe('wrong');
    }
    expect(outcome(seen(35, 36, 500), troubles)).toBe('wrong');
    expect(outcome(seen(35, 36, 503, { code: 'no Retry-After' }), troubles)).toBe('wrong');
    expect(outcome(seen(35, 36, 0, { code: NO_END }), troubles)).toBe('wrong');
  });
});
