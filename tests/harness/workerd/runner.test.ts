import { beforeAll, describe, expect, it } from 'vitest';
import { serve } from './runner.js';
import * as workerd from './vitest.js';

const seen: string[] = [];
const note = (what: string) => () => void seen.push(what);

const ask = async (path: string): Promise<unknown> =>
  (await serve(new Request(`http://workerd.test/${path}`))).json();

describe('the runner in workerd', () => {
  beforeAll(() => {
    workerd.describe('outer', () => {
      workerd.beforeAll(note('before all'));
      workerd.beforeEach(note('outer before'));
      workerd.afterEach(note('outer after'));
      workerd.describe('inner', () => {
        workerd.beforeEach(note('inner before'));
        workerd.afterEach(note('inner after'));
        workerd.it.each([
          [1, { name: 'one' }],
          [2, { name: 'two' }],
        ])('%i is %j', (number) => workerd.expect(number).toBe(1));
      });
      workerd.it.each([{ name: 'three' }])('rejects $name', async () => {
        await workerd.expect(Promise.resolve(3)).rejects.toThrow();
      });
    });
  });

  it('lists suites and tests', async () => {
    expect(await ask('tests')).toMatchObject({
      suites: [
        {
          name: 'outer',
          hasBeforeAll: true,
          hasAfterAll: false,
          suites: [
            {
              name: 'inner',
              tests: [
                { id: 0, name: '1 is {"name":"one"}' },
                { id: 1, name: '2 is {"name":"two"}' },
              ],
            },
          ],
          tests: [{ id: 2, name: 'rejects three' }],
        },
      ],
      tests: [],
    });
  });

  it('runs a test between its hooks, and reports what fails', async () => {
    expect(await ask('test/0')).toBeNull();
    expect(seen.splice(0)).toEqual(['outer before', 'inner before', 'inner after', 'outer after']);
    expect(await ask('test/1')).toMatchObject({
      message: expect.stringMatching(/expected 2 to be 1/),
    });
    expect(seen.splice(0)).toHaveLength(4);
    expect(await ask('test/2')).toMatchObject({
      message: expect.stringMatching(/instead of rejecting/),
    });
    expect(await ask('before/1')).toBeNull();
    expect(seen).toContain('before all');
    expect(await ask('test/9')).toMatchObject({ message: 'no test 9' });
  });

  it('has a clock that stands still', () => {
    const real = Date;
    workerd.vi.useFakeTimers({ now: 5 });
    const made = new Date();
    expect([Date.now(), Number(made), Number(new Date(7))]).toEqual([5, 5, 7]);
    workerd.vi.setSystemTime(6);
    expect(Date.now()).toBe(6);
    workerd.vi.useRealTimers();
    expect(Date).toBe(real);
  });
});
