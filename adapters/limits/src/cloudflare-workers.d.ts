declare module 'cloudflare:workers' {
  export abstract class DurableObject {
    constructor(state: unknown, env: unknown);
  }
}
