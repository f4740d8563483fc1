import type { RequestFacts } from '@auraimage/edge';
import type { AuditLog, NewAuditEntry, ProjectRegistry } from '@auraimage/ports';

/** Entries that wait at most for a database that does not take them. */
const MAX_WAITING = 10_000;

type Entry = NewAuditEntry & { readonly at: number };

/** Writes changes to images down in the audit log of their project's account. */
export interface EdgeAudit {
  /**
   * Notes the change that a request made, if it made one, and resolves when it is written. Never rejects:
   * what could not be written is tried again with the next one and at the end.
   */
  record(request: { readonly client: string; readonly facts: RequestFacts }): Promise<void>;
  /** Writes what has waited. */
  flush(): Promise<void>;
}

/** Changes that come together are written together. */
export function createEdgeAudit(
  audit: Pick<AuditLog, 'append'>,
  registry: Pick<ProjectRegistry, 'findProject'>,
  onFailure: (failure: unknown) => void,
  now: () => number = Date.now,
): EdgeAudit {
  let waiting: Entry[] = [];
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    const entries = waiting;
    waiting = [];
    if (entries.length === 0) return;
    try {
      await audit.append(entries);
    } catch (failure) {
      onFailure(failure);
      waiting = [...entries, ...waiting].slice(0, MAX_WAITING);
    }
  }

  const flush = (): Promise<void> => {
    writing = writing.then(write);
    return writing;
  };

  return {
    async record({ client, facts: { change, project: name } }) {
      if (change === undefined || name === undefined) return;
      const at = now();
      const project = await registry.findProject(name).catch(onFailure);
      if (!project || waiting.length >= MAX_WAITING) return;
      const { actor, action, key: target, details } = change;
      const { accountId } = project;
      waiting.push({
        accountId,
        actor,
        action,
        project: name,
        target,
        details,
        address: client,
        at,
      });
      await flush();
    },
    flush,
  };
}
