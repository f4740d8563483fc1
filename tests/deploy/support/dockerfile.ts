import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEPLOY } from './shipped.js';

export const ROOT = join(DEPLOY, '..');

interface Instruction {
  readonly keyword: string;
  readonly text: string;
}

/** What follows a `FROM`. */
export interface Stage {
  readonly image: string;
  readonly instructions: readonly Instruction[];
}

/** The stages of the shipped Dockerfile. Its syntax is checked by files.test.ts. */
export function readStages(): readonly Stage[] {
  const lines = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replace(/\\\n/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages: { image: string; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, keyword = '', text = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    if (keyword === 'FROM') {
      const [image = ''] = text.split(' ');
      stages.push({ image, instructions: [] });
    } else {
      stages.at(-1)?.instructions.push({ keyword, text });
    }
  }
  return stages;
}

/** The command of the last instruction with this keyword, in its JSON form. */
export function commandOfStage(stage: Stage | undefined, keyword: string): readonly string[] {
  const { text = '' } = stage?.instructions.findLast((each) => each.keyword === keyword) ?? {};
  return JSON.parse(text.slice(text.indexOf('['))) as string[];
}

/** Whether .dockerignore leaves a path out of the build context. The last pattern that matches decides. */
export function readIgnored(): (path: string) => boolean {
  const rules = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const pattern = line.replace(/^!/, '').replace(/\*\*\/|[*.+^$()|[\]{}]/g, (part) => {
        if (part === '**/') return '(?:.*/)?';
        return part === '*' ? '[^/]*' : `\\${part}`;
      });
      return { ignores: !line.startsWith('!'), matches: new RegExp(`^${pattern}(?:/|$)`) };
    });
  return (path) => rules.findLast(({ matches }) => matches.test(path))?.ignores ?? false;
}
