import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type PublishedPackage, packagesQuery } from '../api/packages.js';
import { CodeBlock } from '../ui/code-block.js';
import { Section } from '../ui/page.js';
import { Segments } from '../ui/segments.js';
import { Loaded } from '../ui/states.js';

const MANAGERS = {
  npm: { install: 'npm install', command: 'npm install --global' },
  pnpm: { install: 'pnpm add', command: 'pnpm add --global' },
  bun: { install: 'bun add', command: 'bun add --global' },
} as const;

type Manager = keyof typeof MANAGERS;

/** The packages that apps install from this server. */
export function InstallSection() {
  const packages = useQuery(packagesQuery);
  const [manager, setManager] = useState<Manager>('npm');
  return (
    <Section
      title="Install the packages"
      description="This server hands out the packages that fit it. They are in no public registry."
    >
      <Loaded query={packages}>
        {(all) => (
          <>
            <Segments
              label="Package manager"
              choices={(Object.keys(MANAGERS) as Manager[]).map((value) => ({
                value,
                label: value,
              }))}
              value={manager}
              onChange={setManager}
            />
            <CodeBlock of="Terminal" code={formatInstall(all, manager, window.location.origin)} />
            <details className="text-sm">
              <summary className="w-fit rounded-sm text-muted hover:text-ink">
                Versions and integrity
              </summary>
              <dl className="grid gap-2 pt-2">
                {all.map(({ name, version, integrity }) => (
                  <div key={name}>
                    <dt className="font-medium">
                      {name} {version}
                    </dt>
                    <dd className="font-mono text-xs break-all text-muted">{integrity}</dd>
                  </div>
                ))}
              </dl>
            </details>
          </>
        )}
      </Loaded>
    </Section>
  );
}

/**
 * The commands that install each package.
 *
 * @param origin where this page comes from: what its reader can reach, also if the server's settings do not name it
 */
export function formatInstall(
  packages: readonly Pick<PublishedPackage, 'name' | 'url'>[],
  manager: Manager,
  origin: string,
): string {
  const { install, command } = MANAGERS[manager];
  const linesOf = (short: string, comment: string, start: string): string[] => {
    const found = packages.find(({ name }) => name === `@auraimage/${short}`);
    if (found === undefined) return [];
    const url = new URL(new URL(found.url).pathname, origin).href;
    return [`# ${comment}`, `${start} ${url}`];
  };
  return [
    ...linesOf('sdk', 'Your server signs uploads and links', install),
    ...linesOf('react', 'React components', install),
    ...linesOf('cli', 'The aura command', command),
  ].join('\n');
}
