import type { ControlOptions } from '../context.js';
import type { AuditActor, ControlPorts } from '../ports.js';

export interface AccessCheck {
  check(
    request: { readonly method: string; readonly headers: { get(name: string): string | null } },
    project: string,
  ): Promise<
    | {
        readonly granted: true;
        readonly actor: AuditActor & { readonly kind: 'session' | 'cli_token' | 'secret_key' };
      }
    | { readonly granted: false; readonly refusal: 'missing' | 'unknown' | 'other' | 'cross_site' }
  >;
}

export function createAccess(_ports: ControlPorts, _options: ControlOptions): AccessCheck {
  return { check: async () => ({ granted: false, refusal: 'missing' }) };
}
