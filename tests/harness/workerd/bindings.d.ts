declare module 'cloudflare:workers' {
  /** The bindings of the Worker, by name. */
  export const env: Readonly<Record<string, unknown>>;

  export abstract class DurableObject {
    constructor(state: unknown, env: unknown);
  }
}
