import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { declareRegistryAudit } from './registry-audit.js';
import { declareRegistryChanges } from './registry-changes.js';
import { declareRegistryDeletions } from './registry-deletions.js';
import { declareRegistryProjects } from './registry-projects.js';
import {
  createRegistryRows,
  nextMillisecond,
  type ProjectRegistrySetup,
  type RegistryRows,
} from './registry-rows.js';
import { declareRegistrySecretKeys } from './registry-secret-keys.js';
import { declareRegistryServeSecrets } from './registry-serve-secrets.js';

/** The suite of `ProjectRegistry`: declares its tests against what `setUp` makes for each. */
export function describeProjectRegistry(
  name: string,
  setUp: () => Promise<ProjectRegistrySetup>,
): void {
  describe(`${name} as ProjectRegistry`, () => {
    let rows: RegistryRows;
    beforeEach(async () => {
      rows = await createRegistryRows(await setUp());
    });
    afterEach(() => rows.close());

    it('gives every account an id of its own', async () => {
      const ids = await Promise.all(
        Array.from({ length: 20 }, () => rows.registry.createAccount()),
      );
      expect(new Set([rows.accountId, ...ids]).size).toBe(21);
    });

    it('knows the account that was made first, whoever has projects', async () => {
      const { registry, other, accountId, makeProject } = rows;
      await nextMillisecond();
      await makeProject({ accountId: await registry.createAccount() });
      expect(await registry.firstAccount()).toBe(accountId);
      expect(await other.firstAccount()).toBe(accountId);
    });

    declareRegistryProjects(() => rows);
    declareRegistryChanges(() => rows);
    declareRegistryServeSecrets(() => rows);
    declareRegistrySecretKeys(() => rows);
    declareRegistryDeletions(() => rows);
    declareRegistryAudit(() => rows);
  });
}
