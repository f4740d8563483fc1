import { StorageFullError, StorageUnavailableError } from '@auraimage/ports';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { isBroken, isTimeout, nameFailure } from './postgres/failures.js';

/** What the driver makes of an error that the server reports. */
function reported(code: string, severity = 'ERROR'): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('it failed', 9, 'error'), { code, severity });
}

describe('nameFailure', () => {
  it('tells a full disk', () => {
    expect(nameFailure(reported('53100'))).toBeInstanceOf(StorageFullError);
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
    const named = nameFailure(cause);
    expect(named).toBeInstanceOf(StorageUnavailableError);
    expect(named).toMatchObject({ cause });
    expect(String(named)).not.toContain('it failed');
  });

  it('tells it of connections, whatever they failed with', () => {
    for (const text of ['connect ECONNREFUSED', 'Connection terminated unexpectedly']) {
      expect(nameFailure(new Error(text))).toBeInstanceOf(StorageUnavailableError);
    }
  });

  it.each(['23505', '40P01', '40001', '42601', '22003'])('leaves as it is: %s', (code) => {
    const error = reported(code);
    expect(nameFailure(error)).toBe(error);
  });

  it('names nothing twice', () => {
    const named = nameFailure(new Error('connect ECONNREFUSED'));
    expect(nameFailure(named)).toBe(named);
  });
});

describe('a connection', () => {
  it('goes on after a statement that failed, and after nothing else', () => {
    expect(isBroken(reported('23505'))).toBe(false);
    expect(isBroken(reported('57P01', 'FATAL'))).toBe(true);
    expect(isBroken(new Error('Query read timeout'))).toBe(true);
  });

  it('that had no answer in time tells of more than itself', () => {
    expect(isTimeout(nameFailure(new Error('Query read timeout')))).toBe(true);
    expect(isTimeout(nameFailure(new Error('read ECONNRESET')))).toBe(false);
  });
});
