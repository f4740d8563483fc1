import { describe, expect, it } from 'vitest';
import { describeDetails } from './audit-table.js';

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
