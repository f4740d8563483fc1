// workerd closes a connection that has been idle for five seconds, and fetch keeps one for four: on a busy machine, a
// request is sent on a connection that is being closed, and fails.

const DISPATCHER = Symbol.for('undici.globalDispatcher.1');
const IS_SET = Symbol.for('auraimage.tests.connections');
const KEPT_MS = 1000;

if (Reflect.get(globalThis, IS_SET) !== true) {
  await fetch('data:,'); // loads the dispatcher
  const dispatcher: object | undefined = Reflect.get(globalThis, DISPATCHER);
  if (dispatcher !== undefined) {
    const agent = Reflect.construct(dispatcher.constructor, [{ keepAliveTimeout: KEPT_MS }]);
    Reflect.set(globalThis, DISPATCHER, agent);
  }
  Reflect.set(globalThis, IS_SET, true);
}
