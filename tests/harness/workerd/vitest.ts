import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  getState,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect';
import type { ExpectStatic } from 'vitest';

// What the contract suites use of vitest, which needs Node. Its assertions are vitest's own.

type Work = () => unknown;

/** A `describe`, or the module itself. */
export interface Suite {
  readonly name: string;
  readonly parent: Suite | null;
  readonly beforeAll: Work[];
  readonly beforeEach: Work[];
  readonly afterEach: Work[];
  readonly afterAll: Work[];
}

interface Test {
  readonly name: string;
  readonly parent: Suite;
  readonly run: Work;
}

function newSuite(name: string, parent: Suite | null): Suite {
  return { name, parent, beforeAll: [], beforeEach: [], afterEach: [], afterAll: [] };
}

let current = newSuite('', null);
/** All that were declared: the module first. */
export const suites: Suite[] = [current];
export const tests: Test[] = [];

export const beforeAll = (hook: Work): void => void current.beforeAll.push(hook);
export const beforeEach = (hook: Work): void => void current.beforeEach.push(hook);
export const afterEach = (hook: Work): void => void current.afterEach.push(hook);
export const afterAll = (hook: Work): void => void current.afterAll.push(hook);

export const describe = withEach((name, declare) => {
  const parent = current;
  current = newSuite(name, parent);
  suites.push(current);
  declare();
  current = parent;
});

export const it = withEach((name, run) => void tests.push({ name, parent: current, run }));

type Declare = (name: string, work: Work) => void;

function withEach(declare: Declare) {
  const each =
    (cases: readonly unknown[]) => (name: string, work: (...values: unknown[]) => unknown) => {
      for (const one of cases) {
        const values: readonly unknown[] = Array.isArray(one) ? one : [one];
        declare(titleOf(name, values), () => work(...values));
      }
    };
  return Object.assign(declare, { each });
}

/** Replaces `%s` and the like by the values, and `$name` by that property of the first one. */
function titleOf(name: string, values: readonly unknown[]): string {
  const left = [...values];
  const [first] = values;
  return name
    .replace(/%[sdifjo]/g, () => textOf(left.shift()))
    .replace(/\$([a-zA-Z]+)/g, (whole, property: string) =>
      typeof first === 'object' && first !== null && property in first
        ? textOf(Reflect.get(first, property))
        : whole,
    );
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);

const assertionOf = (value: unknown, message?: string) => chai.expect(value, message);
export const expect = Object.assign(
  assertionOf,
  chai.expect,
  Reflect.get(globalThis, ASYMMETRIC_MATCHERS_OBJECT),
) as unknown as ExpectStatic;
setState({ ...getState(expect), assertionCalls: 0 }, expect);

const RealDate = Date;
let fakeNow = 0;

class FakeDate extends RealDate {
  constructor(...given: readonly unknown[]) {
    super(...((given.length === 0 ? [fakeNow] : given) as [number]));
  }
  static override now(): number {
    return fakeNow;
  }
}

/** Of the clocks, only that of `Date`, which stands still. */
export const vi = {
  useFakeTimers({ now = RealDate.now() }: { readonly now?: number } = {}): void {
    fakeNow = now;
    globalThis.Date = FakeDate as DateConstructor;
  },
  setSystemTime(now: number): void {
    fakeNow = now;
  },
  useRealTimers(): void {
    globalThis.Date = RealDate;
  },
};
