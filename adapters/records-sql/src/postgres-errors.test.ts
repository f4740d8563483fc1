import { StorageFullError, StorageUnavailableError } from '@auraimage/ports';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { isBroken, isTimeout, toStorageError } from './postgres/errors.js';

/** What the driver makes of an error that the server reports. */
function reported(code: string, severity = 'ERROR'): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('it failed', 9, 'error'), { code, severity });
}

describe('toStorageError', () => {
  it('detects a full disk', () => {
    expect(toStorageError(reported('53100'))).toBeInstanceOf(StorageFullError);
  });

  it.each([
    '08006',
    '28P01',
    '3D000',
    '53300',
    '57P01',
    '57014',
    '58030',
    '55P03',
    '25P03',
    '25006',
  ])('tells that the database is away: %s', (code) => {
    const cause = reported(code);
    const named = toStorageError(cause);
    expect(named).toBeInstanceOf(StorageUnavailableError);
    expect(named).toMatchObject({ cause });
    expect(String(named)).not.toContain('it failed');
  });

  it('converts every connection error', () => {
    for (const text of ['connect ECONNREFUSED', 'Connection terminated unexpectedly']) {
      expect(toStorageError(new Error(text))).toBeInstanceOf(StorageUnavailableError);
    }
  });

  it.each(['23505', '40P01', '40001', '42601', '22003'])('passes on %s', (code) => {
    const error = reported(code);
    expect(toStorageError(error)).toBe(error);
  });

  it('does not convert twice', () => {
    const named = toStorageError(new Error('connect ECONNREFUSED'));
    expect(toStorageError(named)).toBe(named);
  });
});

describe('a connection', () => {
  it('is reusable after a failed statement only', () => {
    expect(isBroken(reported('23505'))).toBe(false);
    expect(isBroken(reported('57P01', 'FATAL'))).toBe(true);
    expect(isBroken(new Error('Query read timeout'))).toBe(true);
  });

  it('with a timeout is detected', () => {
    expect(isTimeout(toStorageError(new Error('Query read timeout')))).toBe(true);
    expect(isTimeout(toStorageError(new Error('read ECONNRESET')))).toBe(false);
  });
});
