import { describe, expect, it } from 'vitest';
import { parsePostgresLocation } from './postgres/location.js';

describe('parsePostgresLocation', () => {
  it.each([
    [
      'postgres://aura:secret@db.internal:6543/images',
      { host: 'db.internal', port: 6543, user: 'aura', password: 'secret', database: 'images' },
    ],
    [
      'postgresql://a%40b:p%3A%2F%25@[::1]/x%20y',
      { host: '::1', port: 5432, user: 'a@b', password: 'p:/%', database: 'x y' },
    ],
    ['postgres://aura@db/aura', { password: undefined, port: 5432, connections: 10 }],
    ['postgres://aura@db/aura?connections=1000', { connections: 1000 }],
    ['postgres://aura@%2Frun%2Fpostgresql/aura', { host: '/run/postgresql' }],
    ['postgres://aura@localhost/aura?host=/run/postgresql', { host: '/run/postgresql' }],
  ])('reads %s', (text, location) => {
    expect(parsePostgresLocation(text)).toMatchObject({ tls: false, ...location });
  });

  it('accepts the four modes of TLS', () => {
    const tlsOf = (mode: string) => parsePostgresLocation(`postgres://a@db/a?sslmode=${mode}`).tls;
    expect(tlsOf('disable')).toBe(false);
    expect(tlsOf('require')).toEqual({ rejectUnauthorized: false });
    expect(tlsOf('verify-ca')).toMatchObject({ checkServerIdentity: expect.any(Function) });
    expect(tlsOf('verify-full')).toEqual({ host: 'db' });
  });

  it.each([
    'mysql://a:hush@db/a',
    'hush',
    'postgres://:hush@db/a',
    'postgres://a:hush@db',
    'postgres://a:hush@db/',
    'postgres://a:hush@/a',
    'postgres://a:hush%@db/a',
    'postgres://a:hush@db/a?sslmode=prefer',
    'postgres://a:hush@db/a?sslmode=require&sslrootcert=/no/such/file',
    'postgres://a:hush@db/a?options=-c',
    'postgres://a:hush@db/a?connections=0',
    'postgres://a:hush@db/a?connections=1001',
    'postgres://a:hush@db/a?connections=many',
    'postgres://a:hush@db/a#x',
  ])('refuses %s, and does not repeat it', (text) => {
    const read = () => parsePostgresLocation(text);
    expect(read).toThrow(RangeError);
    expect(read).not.toThrow('hush');
  });
});
