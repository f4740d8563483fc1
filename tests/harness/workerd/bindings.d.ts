declare module 'cloudflare:workers' {
  /** The bindings of the Worker, by name. */
  export const env: Readonly<Record<string, unknown>>;
}
