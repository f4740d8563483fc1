import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Projects in the order in which they run. A worker goes on with the next file only where that is of the same
 * project, and what its files share ends with it: so the files of a project stay together. First come those
 * that mostly wait, for faults and clocks: the checks and the start of the object store need the processor then.
 * Last come those that are quick, which fill what is left of the other workers' time.
 */
const PROJECTS = ['postgres', 's3', 'engine', 'adapters', 'tests', 'unit'];

/** Folders of a project whose files take longest: none of them must be left over for the end. */
const COSTLY = [/^tests\/browser\//, /^tests\/(?:heavy\/durability|cluster\/)/, /^tests\//];

/**
 * Keeps the files of a project together, and puts first what costs most, as far as the folder tells. Vitest's
 * own order knows what a file costs only on a machine that ran it before.
 */
export class CostliestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification) => {
      const path = relative(this.ctx.config.root, moduleId);
      const at = COSTLY.findIndex((folder) => folder.test(path));
      return PROJECTS.indexOf(project.name) * 10 + (at === -1 ? COSTLY.length : at);
    };
    // The sort is stable: within a rank, Vitest's order stays.
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
