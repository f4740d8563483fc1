import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Projects in the order in which they run, within those that run together. A worker continues with the next file only
 * if it is of the same project, and its shared servers end with it, so the files of a project stay together. Quick
 * projects come last and fill the remaining time of the other workers.
 */
const PROJECTS = ['postgres', 's3', 'image-processes', 'adapters', 'tests', 'unit'];

/** Files and folders of a project that take the longest, in order. None of them should start last. */
const COSTLY = [
  /^tests\/(?:files\/engine|(?:acceptance|s3)\/derived-bytes|heavy\/fairness)\./,
  // Of the quick ones, it waits the longest.
  /^apps\/node\/src\/http\/http-server\./,
  /^tests\/(?:browser\/|cluster\/faults\.)/,
  /^tests\/cluster\//,
  /^tests\/heavy\/durability\./,
  /^tests\//,
];

/**
 * Keeps the files of a project together and sorts the slowest files first. Vitest's own order knows a file's time
 * only on a machine that ran it before.
 */
export class CostliestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification) => {
      const path = relative(this.ctx.config.root, moduleId);
      const at = COSTLY.findIndex((folder) => folder.test(path));
      return PROJECTS.indexOf(project.name) * 10 + (at === -1 ? COSTLY.length : at);
    };
    // The sort is stable, so Vitest's order remains within a rank.
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
