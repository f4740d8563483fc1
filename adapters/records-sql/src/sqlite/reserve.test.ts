import { lstatSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createReserve } from './reserve.js';

it('keeps the file that another process has just created', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aura-reserve-'));
  try {
    const path = join(folder, 'reserve');
    // As to another's that appears between the look and the writing: it is not there, and cannot be made.
    symlinkSync(join(folder, 'nowhere'), path);
    createReserve(path);
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
