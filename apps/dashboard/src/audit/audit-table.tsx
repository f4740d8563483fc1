import { Link } from '@tanstack/react-router';
import type { AuditEntry } from '../api/types.js';
import { texts } from '../texts/index.js';
import { formatDateTime } from '../ui/format.js';
import { RelativeTime } from '../ui/time.js';
import { describeDetails } from './details.js';

/** Entries as a table; on a phone each is a small block. */
export function AuditTable({
  entries,
  projects,
}: {
  readonly entries: readonly AuditEntry[];
  /** Names of projects that there are, for links to them; `null` where all is about one. */
  readonly projects: ReadonlySet<string> | null;
}) {
  const { columns } = texts.audit;
  const head = 'border-b border-line px-4 py-2 font-medium';
  return (
    <div className="overflow-hidden rounded-md border border-line bg-surface">
      <table className="w-full text-left text-sm max-sm:block">
        <thead className="text-muted max-sm:sr-only">
          <tr>
            <th scope="col" className={head}>
              {columns.what}
            </th>
            <th scope="col" className={head}>
              {columns.who}
            </th>
            <th scope="col" className={`${head} sm:max-lg:hidden`}>
              {columns.where}
            </th>
            <th scope="col" className={`${head} text-right`}>
              {columns.when}
            </th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line max-sm:block">
          {entries.map((entry) => (
            <EntryRow key={entry.id} entry={entry} projects={projects} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function EntryRow({
  entry,
  projects,
}: {
  readonly entry: AuditEntry;
  readonly projects: ReadonlySet<string> | null;
}) {
  const { at, actor, action, project, target, address } = entry;
  const cell = 'px-4 py-2.5 align-top max-sm:block max-sm:py-0';
  const more = describeDetails(entry);
  return (
    <tr className="max-sm:grid max-sm:gap-0.5 max-sm:py-3">
      <td className={cell}>
        <span className="font-medium">{nameOf(texts.audit.actions, action)}</span>
        {projects !== null && project !== null && project !== target && (
          <>
            {' · '}
            <ProjectName name={project} exists={projects.has(project)} />
          </>
        )}
        {target !== null && (
          <span className="block font-mono text-xs leading-5 break-all">{target}</span>
        )}
        {more !== '' && <span className="block break-words text-muted">{more}</span>}
      </td>
      <td className={cell}>
        <span className="break-words">{actor.name}</span>{' '}
        <span className="text-muted sm:block">{nameOf(texts.audit.actors, actor.kind)}</span>
      </td>
      <td className={`${cell} font-mono text-xs leading-5 text-muted sm:max-lg:hidden`}>
        {address}
      </td>
      <td className={`${cell} text-muted tabular-nums sm:text-right sm:whitespace-nowrap`}>
        <RelativeTime iso={at} />
        <span className="hidden text-xs lg:block">{formatDateTime(at)}</span>
      </td>
    </tr>
  );
}

/** A project that was renamed or deleted is at no address any more. */
function ProjectName({ name, exists }: { readonly name: string; readonly exists: boolean }) {
  if (!exists) return <span>{name}</span>;
  return (
    <Link
      to="/dashboard/projects/$project/activity"
      params={{ project: name }}
      className="text-accent underline underline-offset-2"
    >
      {name}
    </Link>
  );
}

/** A word of ours, or the server's own where it is newer than this page. */
function nameOf(names: Readonly<Record<string, string>>, name: string): string {
  return names[name] ?? name;
}
