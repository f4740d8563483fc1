import type { AuditEntry } from '../api/types.js';
import { texts } from '../texts/index.js';
import { formatBytes, formatSpan } from '../ui/format.js';

type Value = AuditEntry['details'][string] | undefined;

/** The details of a change in a few words, such as `private → public`. */
export function describeDetails({
  action,
  details,
}: Pick<AuditEntry, 'action' | 'details'>): string {
  const { from, to, graceSeconds, ...rest } = details;
  const show = action === 'project.quota_changed' ? shownQuota : shown;
  const parts: string[] = [];
  if (to !== undefined) parts.push(from === undefined ? show(to) : `${show(from)} → ${show(to)}`);
  if (typeof graceSeconds === 'number') parts.push(describeGrace(graceSeconds));
  for (const [name, value] of Object.entries(rest)) {
    parts.push(`${wordsOf(name)}: ${name === 'size' ? shownQuota(value) : shown(value)}`);
  }
  return parts.join(', ');
}

function describeGrace(seconds: number): string {
  const { graceNone, grace } = texts.audit;
  return seconds === 0 ? graceNone : grace(formatSpan(seconds));
}

/** `linksRevokedAt` as `links revoked at`. */
const wordsOf = (name: string): string => name.replace(/[A-Z]/g, (c) => ` ${c.toLowerCase()}`);

const shown = (value: Value): string =>
  value === null || value === undefined || value === '' ? '–' : String(value);

const shownQuota = (value: Value): string =>
  typeof value === 'number' ? formatBytes(value) : shown(value);
