import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { removeFolder } from '../harness/remove.js';
import { exampleIn } from './spec.js';

/** A call of a function that every example has. */
export interface Call {
  readonly function: 'sign' | 'upload' | 'serve' | 'url' | 'visibility';
  readonly arguments: readonly unknown[];
}

export interface Language {
  /** Name in `AURA_REQUIRE_LANGUAGES` and in the code block's mark. */
  readonly name: string;
  readonly command: string;
  readonly versionArguments: readonly string[];
  /** The example's file in a new folder, and the command that starts the driver there. */
  readonly example: string;
  readonly start: (folder: string) => readonly string[];
}

export const LANGUAGES: readonly Language[] = [
  script('python', 'python3', 'example.py', 'driver.py'),
  script('php', 'php', 'example.php', 'driver.php'),
  script('ruby', 'ruby', 'example.rb', 'driver.rb'),
  {
    name: 'go',
    command: 'go',
    versionArguments: ['version'],
    example: 'aura/aura.go',
    start: () => ['run', '.'],
  },
];

export function isInstalled({ command, versionArguments }: Language): boolean {
  return spawnSync(command, versionArguments).status === 0;
}

/** Runs the specification's example in its language and returns the result of each call. */
export async function runExample(
  language: Language,
  calls: readonly Call[],
): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'aura-signature-'));
  try {
    const example = join(folder, language.example);
    await mkdir(dirname(example), { recursive: true });
    await writeFile(example, exampleIn(language.name));
    // For Go, which builds a folder; the others ignore these.
    await copyFile(driver('driver.go'), join(folder, 'main.go'));
    await writeFile(join(folder, 'go.mod'), 'module example\n\ngo 1.18\n');
    const output = await run(language, folder, JSON.stringify(calls));
    return JSON.parse(output) as string[];
  } finally {
    await removeFolder(folder);
  }
}

async function run({ command, start }: Language, folder: string, input: string): Promise<string> {
  const child = spawn(command, start(folder), {
    cwd: folder,
    env: {
      ...process.env,
      GOCACHE: join(folder, 'cache'),
      GOPATH: join(folder, 'go'),
      GOTOOLCHAIN: 'local',
      GOFLAGS: '',
    },
  });
  child.stdin.on('error', () => undefined); // The process may end before it has read everything.
  child.stdin.end(input);
  const [output, errors, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (code === 0) return output;
  throw new Error(`${command} ended with ${signal ?? code}\n${errors}`);
}

function script(name: string, command: string, example: string, file: string): Language {
  return {
    name,
    command,
    versionArguments: ['--version'],
    example,
    start: (folder) => [driver(file), join(folder, example)],
  };
}

function driver(file: string): string {
  return fileURLToPath(new URL(`drivers/${file}`, import.meta.url));
}
