import { dirname, join } from 'node:path';
import { createHomeFile } from './home-file.js';

/** Which project `aura init` chose in which folder, in `~/.aura/projects`. No secrets. */
export interface Folders {
  /** The choice for this folder or the nearest one above it. */
  find(apiUrl: string, folder: string): Promise<string | undefined>;
  remember(apiUrl: string, folder: string, project: string): Promise<void>;
}

export function createFolders(home: string): Folders {
  const file = createHomeFile(join(home, '.aura', 'projects'));
  const chosen = async (apiUrl: string) => Object(await file.read())[apiUrl] ?? {};
  return {
    async find(apiUrl, folder) {
      const choices = await chosen(apiUrl);
      for (let at = folder; ; at = dirname(at)) {
        const project: unknown = Object.hasOwn(choices, at) ? choices[at] : undefined;
        if (typeof project === 'string') return project;
        if (dirname(at) === at) return undefined;
      }
    },
    async remember(apiUrl, folder, project) {
      const all = await file.read();
      await file.write({ ...all, [apiUrl]: { ...(await chosen(apiUrl)), [folder]: project } });
    },
  };
}
