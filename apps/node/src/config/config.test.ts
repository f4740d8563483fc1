import { isAbsolute } from 'node:path';
import type { Setting } from '@auraimage/host';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError, REPLACED, readConfig } from './config.js';
import { SETTINGS } from './settings.js';

const NAMES = Object.values(SETTINGS).map(({ name }) => name);

describe('readConfig', () => {
  it('needs no variable, and treats empty ones as not set', () => {
    const config = readConfig({});
    expect(config).toMatchObject({ port: 8787, host: '127.0.0.1', maxUploadBytes: 30 * 2 ** 20 });
    expect(isAbsolute(config.dataDir)).toBe(true);
    const empty = Object.fromEntries(
      [...NAMES, ...Object.keys(REPLACED)].map((name) => [name, '']),
    );
    expect(readConfig(empty)).toEqual(config);
  });

  it('ignores unknown variables, and those that the SDK of OpenTelemetry reads', () => {
    const strange = {
      AURA_SOMETHING: 'x',
      OTEL_SERVICE_NAME: 'x',
      port: '1',
      toString: 'x',
    };
    expect(readConfig(strange)).toEqual(readConfig({}));
  });

  it('names every wrong variable, and shows no secret', () => {
    const environment = {
      PORT: '70000',
      AURA_MAX_PIXELS: '-1',
      AURA_MASTER_KEY: 'not-a-master-key',
      AURA_METRICS_TOKEN: 'short',
      AURA_DATABASE_URL: 'postgres://aura:its-own-secret@db/aura?sslmode=perhaps',
      AURA_STORAGE: 's3://key:its-own-secret@bucket',
    };
    const lines = problemsOf(environment).split('\n');
    const wrong = NAMES.filter((name) => name in environment);
    expect(lines.map((line) => line.split(':')[0])).toEqual(wrong);
    expect(lines.join()).toContain('"70000"');
    expect(lines.join()).not.toContain('not-a-master-key');
    expect(lines.join()).not.toContain('short');
    expect(lines.join()).not.toContain('its-own-secret');
  });

  it.each([
    'https://user:its-own-secret@cdn.example?x',
    'ftp://user:its-own-secret@cdn.example',
    'https//user:its-own-secret@cdn.example',
    'user:its-own-secret@cdn.example',
    'https://user:its@own-secret@cdn.example/#',
    'https://user:its/own-secret?x@cdn.example/',
    'https://user:its-own-secret@cdn.example',
    'https://its-own-secret@cdn.example',
    'https://cdn.example/?token=its-own-secret',
    'https://cdn.example/#its-own-secret',
  ])('refuses the URL %s, and shows no password of it', (url) => {
    for (const name of ['AURA_PUBLIC_URL', 'AURA_APP_URL', 'OTEL_EXPORTER_OTLP_ENDPOINT']) {
      const problem = problemsOf({ [name]: url });
      expect(problem).toContain(`${name}: "`);
      expect(problem).not.toMatch(/its.?own|own.?secret/);
      expect(problem).toContain('cdn.example');
    }
  });

  it('reads the bucket, and requires its credentials', () => {
    const AURA_STORAGE = 's3://pictures?endpoint=https://s3.example&region=eu-1';
    const keys = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' };
    expect(readConfig({ AURA_STORAGE, ...keys })).toMatchObject({
      storage: { bucket: 'pictures', endpoint: 'https://s3.example', region: 'eu-1' },
      accessKeyId: 'key',
      secretAccessKey: 'secret',
    });
    for (const missing of Object.keys(keys)) {
      const problems = problemsOf({ AURA_STORAGE, ...keys, [missing]: '' });
      expect(problems).toContain(missing);
    }
  });

  it('lets nginx send images of a local folder only, and only with a trusted proxy', () => {
    const AURA_ACCEL_REDIRECT = '/_masters/';
    expect(problemsOf({ AURA_ACCEL_REDIRECT })).toContain('AURA_TRUSTED_PROXIES');
    const AURA_TRUSTED_PROXIES = '127.0.0.1';
    const config = readConfig({ AURA_ACCEL_REDIRECT, AURA_TRUSTED_PROXIES });
    expect(config.accelRedirect).toBe(AURA_ACCEL_REDIRECT);
    for (const path of [
      '_masters',
      '/masters/',
      '/_masters',
      '/_m/../',
      '/_/',
      '/_m/x/',
      '/_m y/',
    ]) {
      expect(problemsOf({ AURA_ACCEL_REDIRECT: path, AURA_TRUSTED_PROXIES })).toContain('_masters');
    }
    const bucket = {
      AURA_STORAGE: 's3://pictures?endpoint=https://s3.example&region=eu-1',
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'secret',
    };
    const problems = problemsOf({ AURA_ACCEL_REDIRECT, AURA_TRUSTED_PROXIES, ...bucket });
    expect(problems).toMatch(/^AURA_ACCEL_REDIRECT: .*AURA_STORAGE is set/);
  });

  it('accepts the example and the default of every setting', () => {
    for (const { name, example, default: fallback, read } of Object.values<Setting<unknown>>(
      SETTINGS,
    )) {
      expect(() => read(undefined), name).not.toThrow();
      for (const text of [example, fallback]) {
        if (text) expect(() => read(text), name).not.toThrow();
      }
    }
  });

  it('refuses variables of earlier versions, and names the successor', () => {
    for (const [name, instead] of Object.entries(REPLACED)) {
      expect(problemsOf({ [name]: '1' })).toBe(`${name}: no longer a setting. ${instead}.`);
      for (const other of instead.match(/\bAURA_[A-Z_]+/g) ?? []) expect(NAMES).toContain(other);
    }
  });

  it.each([
    ['hexadecimal', Buffer.alloc(32, 0xab).toString('hex')],
    ['capital hexadecimal', Buffer.alloc(32, 0xab).toString('hex').toUpperCase()],
    ['base64', Buffer.alloc(32, 0xab).toString('base64')],
    ['base64url', Buffer.alloc(32, 0xab).toString('base64url')],
  ])('reads a master key as %s', (_, text) => {
    expect(readConfig({ AURA_MASTER_KEY: text }).masterKey).toEqual(new Uint8Array(32).fill(0xab));
  });

  it('accepts whole numbers within bounds and nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer().map(String)), (text) => {
        const port = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
        if (text === '') return;
        if (port <= 65_535) expect(readConfig({ PORT: text }).port).toBe(port);
        else expect(problemsOf({ PORT: text })).toContain('PORT: ');
      }),
    );
  });
});

function problemsOf(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}
