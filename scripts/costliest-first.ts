import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Folders whose files take longest, and files that take longest of all. */
const COSTLY = [/^tests\/(?:browser|s3)\/|^tests\/heavy\/durability/, /^tests\//, /^adapters\//];

/**
 * Puts first what costs most, as far as the folder tells, so that no long file is left over for the end.
 * Vitest's own order is by project, and it knows what a file costs only on a machine that ran it before.
 */
export class CostliestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const path = relative(this.ctx.config.root, moduleId);
      const at = COSTLY.findIndex((folder) => folder.test(path));
      return at === -1 ? COSTLY.length : at;
    };
    // The sort is stable: within a rank, Vitest's order stays.
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
