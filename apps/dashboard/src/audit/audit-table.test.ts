import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../api/types.js';
import { describeDetails, joinUploads } from './audit-table.js';

describe('describeDetails', () => {
  it.each([
    ['image.visibility_changed', { from: 'private', to: 'public' }, 'private → public'],
    ['project.quota_changed', { from: null, to: 10 * 1024 ** 3 }, '– → 10 GB'],
    ['serve_secret.rotated', { graceSeconds: 604_800 }, 'old links work for 7 days'],
    ['serve_secret.rotated', { graceSeconds: 0 }, 'old links ended at once'],
    ['image.deleted', { visibility: 'private', size: 2048 }, 'visibility: private, size: 2 KB'],
    ['project.deleted', { images: 0 }, 'images: 0'],
    ['account.signed_in', {}, ''],
  ] as const)('%s %j', (action, details, text) => {
    expect(describeDetails({ action, details })).toBe(text);
  });
});

describe('joinUploads', () => {
  const entry = (id: string, action: AuditEntry['action'], name = 'ada'): AuditEntry => ({
    id,
    at: '2026-11-29T12:00:00Z',
    actor: { kind: 'upload_token', name },
    action,
    project: 'my-app',
    target: id,
    details: {},
    address: '192.0.2.7',
  });

  it('joins uploads that follow each other, by the same person', () => {
    const entries = [
      entry('f', 'image.uploaded'),
      entry('e', 'image.uploaded'),
      entry('d', 'image.uploaded', 'bob'),
      entry('c', 'image.deleted'),
      entry('b', 'image.deleted'),
      entry('a', 'image.uploaded'),
    ];
    const joined = joinUploads(entries).map(({ entry: { id }, uploads }) => [id, uploads]);
    expect(joined).toEqual([
      ['f', 2],
      ['d', 1],
      ['c', 1],
      ['b', 1],
      ['a', 1],
    ]);
  });
});
