import { type Suite, suites, tests } from './vitest.js';

/** A suite as {@link serve} lists it. */
export interface DeclaredSuite {
  readonly id: number;
  readonly name: string;
  readonly hasBeforeAll: boolean;
  readonly hasAfterAll: boolean;
  readonly suites: readonly DeclaredSuite[];
  readonly tests: readonly { readonly id: number; readonly name: string }[];
}

export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
}

/** Answers the requests of tests/harness/workerd/suite.ts: lists the tests, or runs a part of them. */
export async function serve(request: Request): Promise<Response> {
  const [, what, id] = new URL(request.url).pathname.split('/');
  if (what === 'tests') return Response.json(list(suiteAt(0)));
  try {
    if (what === 'test') await runTest(Number(id));
    else await runHooks(suiteAt(Number(id))[what === 'before' ? 'beforeAll' : 'afterAll']);
    return Response.json(null);
  } catch (error) {
    return Response.json(failureOf(error));
  }
}

function list(suite: Suite): DeclaredSuite {
  return {
    id: suites.indexOf(suite),
    name: suite.name,
    hasBeforeAll: suite.beforeAll.length > 0,
    hasAfterAll: suite.afterAll.length > 0,
    suites: suites.filter(({ parent }) => parent === suite).map(list),
    tests: tests.flatMap(({ name, parent }, id) => (parent === suite ? [{ id, name }] : [])),
  };
}

async function runTest(id: number): Promise<void> {
  const test = tests[id];
  if (test === undefined) throw new Error(`no test ${id}`);
  const around = ancestorsOf(test.parent);
  const failures: unknown[] = [];
  try {
    for (const suite of around) await runHooks(suite.beforeEach);
    await test.run();
  } catch (error) {
    failures.push(error);
  }
  for (const suite of around.toReversed()) {
    await runHooks(suite.afterEach.toReversed()).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

/** The suites around a test, the outermost first. */
function ancestorsOf(suite: Suite): Suite[] {
  return suite.parent === null ? [suite] : [...ancestorsOf(suite.parent), suite];
}

async function runHooks(hooks: Suite['beforeEach']): Promise<void> {
  for (const hook of hooks) await hook();
}

function suiteAt(id: number): Suite {
  const suite = suites[id];
  if (suite === undefined) throw new Error(`no suite ${id}`);
  return suite;
}

function failureOf(error: unknown): Failure {
  const { name, message, stack, cause } =
    error instanceof Error ? error : new Error(`thrown: ${String(error)}`);
  const reason = cause instanceof Error ? ` (${cause.message})` : '';
  return { name, message: `${message}${reason}`, stack };
}
