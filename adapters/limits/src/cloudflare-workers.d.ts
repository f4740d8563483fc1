/** What the adapter, the app and tests use of the runtime. Their tsconfig.json include this file. */
declare module 'cloudflare:workers' {
  /** The bindings of the Worker, by name. */
  export const env: Readonly<Record<string, unknown>>;

  export abstract class DurableObject {
    constructor(state: unknown, env: unknown);
  }

  /** Keeps the current request or event alive until the promise settles, 30 seconds after the response at most. */
  export function waitUntil(promise: Promise<unknown>): void;
}
