import { waitUntil } from 'cloudflare:workers';

/** Keeps the current request alive until some work has ended. A failure is for the caller to handle. */
export function keepAlive(work: Promise<unknown>): void {
  waitUntil(Promise.allSettled([work]));
}

/**
 * A port whose calls keep their request alive. Work that is not awaited for the response, or that another request waits
 * for, would end with the request that began it.
 */
export function keptAlive<T extends object>(port: T): T {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]) => {
        const result: unknown = Reflect.apply(member, target, given);
        if (result instanceof Promise) keepAlive(result);
        return result;
      };
    },
  });
}
