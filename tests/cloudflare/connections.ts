// How `fetch` of Node sends requests to workerd.

/** What this uses of undici's `Dispatcher`. */
interface Dispatcher {
  dispatch(options: Options, handler: unknown): boolean;
}

interface Options {
  readonly headers: Readonly<Record<string, string>>;
}

const DISPATCHER = Symbol.for('undici.globalDispatcher.1');
const IS_SET = Symbol.for('auraimage.tests.connections');
/**
 * workerd closes a connection that has been idle for five seconds, and fetch keeps one for four: on a busy machine, a
 * request is sent on a connection that is being closed, and fails.
 */
const KEPT_MS = 1000;

if (Reflect.get(globalThis, IS_SET) !== true) {
  await fetch('data:,'); // loads the dispatcher
  const dispatcher: object | undefined = Reflect.get(globalThis, DISPATCHER);
  if (dispatcher !== undefined) {
    const options = { keepAliveTimeout: KEPT_MS };
    const agent: Dispatcher = Reflect.construct(dispatcher.constructor, [options]);
    Reflect.set(globalThis, DISPATCHER, withoutCompression(agent));
  }
  Reflect.set(globalThis, IS_SET, true);
}

/**
 * Miniflare compresses what a client takes compressed, as Cloudflare does. No test is about that, and half of the
 * processor time of `fetch` would go into it.
 */
function withoutCompression(agent: Dispatcher): Dispatcher {
  const dispatch = agent.dispatch.bind(agent);
  agent.dispatch = ({ headers, ...rest }, handler) =>
    dispatch({ ...rest, headers: { ...headers, 'accept-encoding': 'identity' } }, handler);
  return agent;
}
