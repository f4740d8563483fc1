import type { RequestFacts } from '@auraimage/edge';
import type { NewAuditEntry, Project } from '@auraimage/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import { createEdgeAudit, type EdgeAudit } from './edge-audit.js';

const NOW = 1_900_000_000_000;
const actor = { kind: 'session', name: 'owner@example.com' } as const;

const request = (key: string, project = 'my-app') => {
  const change = { actor, action: 'image.deleted', key, details: { size: 3 } } as const;
  const facts: RequestFacts = { project, change };
  return { client: '203.0.113.7', facts };
};

describe('the audit log of the edge', () => {
  let written: (readonly NewAuditEntry[])[];
  let failures: unknown[];
  let failing: boolean;
  let audit: EdgeAudit;

  beforeEach(() => {
    written = [];
    failures = [];
    failing = false;
    audit = createEdgeAudit(
      {
        async append(entries) {
          if (failing) throw new Error('the database is away');
          written.push(entries);
        },
      },
      {
        findProject: async (name) => (name === 'my-app' ? ({ accountId: 'a-1' } as Project) : null),
      },
      (failure) => failures.push(failure),
      () => NOW,
    );
  });

  it('has a change once it resolves', async () => {
    await audit.record(request('abc123xyz0-a.jpg'));
    expect(written).toEqual([
      [
        {
          accountId: 'a-1',
          actor,
          action: 'image.deleted',
          project: 'my-app',
          target: 'abc123xyz0-a.jpg',
          details: { size: 3 },
          address: '203.0.113.7',
          at: NOW,
        },
      ],
    ]);
  });

  it('has nothing of requests that changed nothing, or whose project is gone', async () => {
    await audit.record({ client: '::1', facts: { project: 'my-app', route: 'serve' } });
    await audit.record(request('abc123xyz0-a.jpg', 'gone'));
    expect(written).toEqual([]);
  });

  it('writes changes together that come together, each once', async () => {
    const keys = Array.from({ length: 50 }, (_, index) => `key-${index}`);
    await Promise.all(keys.map((key) => audit.record(request(key))));
    expect(written.flat().map(({ target }) => target)).toEqual(keys);
    expect(written.length).toBeLessThan(10);
  });

  it('keeps what could not be written, in order, and answers nevertheless', async () => {
    failing = true;
    await audit.record(request('first'));
    await audit.record(request('second'));
    expect(failures).toHaveLength(2);
    failing = false;
    await audit.flush();
    expect(written.flat().map(({ target }) => target)).toEqual(['first', 'second']);
  });
});
