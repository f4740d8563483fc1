import { Link } from '@tanstack/react-router';
import type { AuditEntry } from '../api/types.js';
import { cn } from '../ui/cn.js';
import { formatBytes, formatCount, formatDateTime, formatItems, formatSpan } from '../ui/format.js';
import { RelativeTime } from '../ui/relative-time.js';

const ACTIONS: Readonly<Record<string, string>> = {
  'account.created': 'Account created',
  'account.signed_in': 'Signed in',
  'account.sign_in_failed': 'Sign-in failed',
  'account.password_changed': 'Password changed',
  'account.password_reset': 'Password reset by the operator',
  'account.password_set': 'New password set with a link',
  'account.provider_linked': 'Sign-in provider connected',
  'account.second_factor_enabled': 'Second factor turned on',
  'account.second_factor_disabled': 'Second factor turned off',
  'account.second_factor_removed': 'Second factor removed by the operator',
  'account.second_factor_failed': 'Right password, wrong code',
  'account.backup_codes_renewed': 'New backup codes made',
  'person.role_changed': 'Role changed',
  'person.removed': 'Person removed',
  'session.revoked': 'Session ended',
  'device.approved': 'Command line approved',
  'device.denied': 'Command line denied',
  'cli_token.created': 'Command line signed in',
  'cli_token.revoked': 'Command line token revoked',
  'invitation.created': 'Invitation created',
  'invitation.revoked': 'Invitation withdrawn',
  'project.created': 'Project created',
  'project.renamed': 'Project renamed',
  'project.origins_changed': 'Allowed origins changed',
  'project.quota_changed': 'Storage limit changed',
  'project.transforms_changed': 'Unsigned transforms changed',
  'project.metadata_changed': 'Metadata of originals changed',
  'project.deleted': 'Project deleted',
  'preset.created': 'Preset created',
  'preset.changed': 'Preset changed',
  'preset.deleted': 'Preset deleted',
  'secret_key.created': 'Secret key created',
  'secret_key.revoked': 'Secret key revoked',
  'serve_secret.read': 'Serve secret read',
  'serve_secret.rotated': 'Serve secret rotated',
  'serve_secret.grace_ended': 'Previous serve secret ended',
  'image.uploaded': 'Image uploaded',
  'image.replaced': 'Image replaced',
  'image.renamed': 'Image renamed',
  'image.metadata_changed': 'Metadata changed',
  'image.focus_changed': 'Focal point changed',
  'image.visibility_changed': 'Visibility changed',
  'image.deleted': 'Image deleted',
  'image.links_revoked': 'Signed links revoked',
  'recipient.revoked': 'Recipient revoked',
  'webhook.created': 'Webhook created',
  'webhook.changed': 'Webhook changed',
  'webhook.deleted': 'Webhook deleted',
  'webhook.disabled': 'Webhook disabled',
  'webhook.tested': 'Test event sent',
  'webhook.redelivered': 'Event sent again',
  'webhook_secret.read': 'Webhook secret shown',
  'webhook_secret.rotated': 'Webhook secret rotated',
  'listener.created': 'Listener started',
};

const ACTORS: Readonly<Record<string, string>> = {
  session: 'in the dashboard',
  cli_token: 'on the command line',
  secret_key: 'secret key',
  upload_token: 'upload token',
  visibility_token: 'visibility token',
  system: 'the server',
  unauthenticated: 'not signed in',
};

const HEAD = 'border-b border-line px-4 py-2 font-medium';
const CELL = 'px-4 py-2.5 align-top max-sm:block max-sm:py-0';

/** Audit entries as a table; on a phone, each entry is a block. */
export function AuditTable({
  entries,
  projects,
}: {
  readonly entries: readonly AuditEntry[];
  /** Names of existing projects, to link to them; `null` if all entries belong to one project. */
  readonly projects: ReadonlySet<string> | null;
}) {
  return (
    <div className="overflow-hidden rounded-md border border-line bg-surface">
      <table className="w-full text-left text-sm max-sm:block">
        <thead className="text-muted max-sm:sr-only">
          <tr>
            <th scope="col" className={HEAD}>
              What
            </th>
            <th scope="col" className={HEAD}>
              Who
            </th>
            <th scope="col" className={cn(HEAD, 'sm:max-lg:hidden')}>
              From
            </th>
            <th scope="col" className={cn(HEAD, 'text-right')}>
              When
            </th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line max-sm:block">
          {joinUploads(entries).map(({ entry, uploads }) => (
            <EntryRow key={entry.id} entry={entry} uploads={uploads} projects={projects} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface JoinedEntry {
  readonly entry: AuditEntry;
  /** Entries of uploads that it stands for, itself included; 1 for any other entry. */
  readonly uploads: number;
}

/** Uploads that follow each other, by the same person to the same project, as one: the newest of them. */
export function joinUploads(entries: readonly AuditEntry[]): readonly JoinedEntry[] {
  const joined: JoinedEntry[] = [];
  for (const entry of entries) {
    const last = joined.at(-1);
    if (last && isUploadLike(last.entry, entry)) {
      joined[joined.length - 1] = { ...last, uploads: last.uploads + 1 };
    } else {
      joined.push({ entry, uploads: 1 });
    }
  }
  return joined;
}

function isUploadLike(one: AuditEntry, other: AuditEntry): boolean {
  const part = ({ action, project, actor, address }: AuditEntry) =>
    [action, project, actor.kind, actor.name, address].join('\n');
  return one.action === 'image.uploaded' && part(one) === part(other);
}

function EntryRow({
  entry,
  uploads,
  projects,
}: JoinedEntry & {
  readonly projects: ReadonlySet<string> | null;
}) {
  const { at, actor, action, project, target, address } = entry;
  const isMany = uploads > 1;
  const details = isMany ? '' : describeDetails(entry);
  return (
    <tr className="max-sm:grid max-sm:gap-0.5 max-sm:py-3">
      <td className={CELL}>
        {/* The server may be newer than this page and send actions that it does not know. */}
        <span className="font-medium">
          {isMany ? `${formatItems(uploads, 'image')} uploaded` : (ACTIONS[action] ?? action)}
        </span>
        {projects !== null && project !== null && project !== target && (
          <>
            {' · '}
            <ProjectName name={project} exists={projects.has(project)} />
          </>
        )}
        {target !== null && (
          <span className="block text-xs leading-5 break-all">
            <span className="font-mono">{target}</span>
            {isMany && ` and ${formatCount(uploads - 1)} more`}
          </span>
        )}
        {details !== '' && <span className="block break-words text-muted">{details}</span>}
      </td>
      <td className={CELL}>
        <span className="break-words">{actor.name}</span>{' '}
        <span className="text-muted sm:block">{ACTORS[actor.kind] ?? actor.kind}</span>
      </td>
      <td className={cn(CELL, 'font-mono text-xs leading-5 text-muted sm:max-lg:hidden')}>
        {address}
      </td>
      <td className={cn(CELL, 'text-muted tabular-nums sm:text-right sm:whitespace-nowrap')}>
        <RelativeTime iso={at} />
        <span className="hidden text-xs lg:block">{formatDateTime(at)}</span>
      </td>
    </tr>
  );
}

/** The name of a project, linked unless the project was renamed or deleted. */
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

type Value = AuditEntry['details'][string] | undefined;

/** The details of a change in one line, such as `private → public`. */
export function describeDetails({
  action,
  details,
}: Pick<AuditEntry, 'action' | 'details'>): string {
  const { from, to, graceSeconds, ...rest } = details;
  const format = action === 'project.quota_changed' ? formatSize : formatValue;
  const parts: string[] = [];
  if (to !== undefined) {
    parts.push(from === undefined ? format(to) : `${format(from)} → ${format(to)}`);
  }
  if (typeof graceSeconds === 'number') parts.push(describeGrace(graceSeconds));
  for (const [name, value] of Object.entries(rest)) {
    parts.push(`${spaced(name)}: ${name === 'size' ? formatSize(value) : formatValue(value)}`);
  }
  return parts.join(', ');
}

const describeGrace = (seconds: number): string =>
  seconds === 0 ? 'old links ended at once' : `old links work for ${formatSpan(seconds)}`;

/** `linksRevokedAt` as `links revoked at`. */
const spaced = (name: string): string => name.replace(/[A-Z]/g, (c) => ` ${c.toLowerCase()}`);

const formatValue = (value: Value): string =>
  value === null || value === undefined || value === '' ? '–' : String(value);

const formatSize = (value: Value): string =>
  typeof value === 'number' ? formatBytes(value) : formatValue(value);
