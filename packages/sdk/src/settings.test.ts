import { inspect } from 'node:util';
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import {
  AuraImage,
  AuraImageError,
  type AuraImageErrorCode,
  type AuraImageSettings,
} from './index.js';

const SECRET_KEY = 'sk_live_never-to-be-shown';
const SERVE_SECRET = 'psk_live_never-to-be-shown';
const settings = {
  secretKey: SECRET_KEY,
  serveSecret: SERVE_SECRET,
  projectName: 'my-app',
  cdnUrl: 'https://cdn.example',
};

afterEach(() => vi.unstubAllGlobals());

/** The error of a constructor that must fail. */
function refused(change: { readonly [K in keyof AuraImageSettings]?: unknown }): AuraImageError {
  try {
    new AuraImage({ ...settings, ...change } as AuraImageSettings);
  } catch (error) {
    if (error instanceof AuraImageError) return error;
    throw error;
  }
  throw new Error('the settings were accepted');
}

describe('new AuraImage', () => {
  it('takes values from process.env, without those that uploads do not need', () => {
    const { secretKey, projectName } = settings;
    expect(new AuraImage({ secretKey, projectName })).toBeInstanceOf(AuraImage);
    const env: Record<string, string | undefined> = {};
    expect(
      new AuraImage({ secretKey, projectName, serveSecret: env['A'], cdnUrl: env['B'] }),
    ).toBeInstanceOf(AuraImage);
    expectTypeOf<{ secretKey: string; projectName: string }>().toExtend<AuraImageSettings>();
    expectTypeOf<{ secretKey: string }>().not.toExtend<AuraImageSettings>();
  });

  it.each([
    ['secretKey', undefined, 'AURA_SECRET_KEY'],
    ['secretKey', '', 'AURA_SECRET_KEY'],
    ['projectName', undefined, 'NEXT_PUBLIC_AURA_PROJECT_NAME'],
    ['projectName', '', 'NEXT_PUBLIC_AURA_PROJECT_NAME'],
  ])('says which setting is missing: %s is %j', (setting, value, variable) => {
    const error = refused({ [setting]: value });
    expect(error.code).toBe('setting_missing');
    expect(error.message).toContain(`${setting} is missing`);
    expect(error.message).toContain(variable);
  });

  it.each([
    ['secretKey', 'never-to-be-shown', 'must begin with sk_live_'],
    ['secretKey', ' sk_live_never-to-be-shown', 'must begin with sk_live_'],
    ['secretKey', SERVE_SECRET, 'swapped'],
    ['serveSecret', 'never-to-be-shown', 'must begin with psk_live_'],
    ['serveSecret', SECRET_KEY, 'swapped'],
    ['secretKey', 'sk_live_', 'secretKey is a placeholder'],
    ['secretKey', 'sk_live_…', 'AURA_SECRET_KEY'],
    ['secretKey', 'sk_live_...', 'secretKey is a placeholder'],
    ['secretKey', 'sk_live_<never-to-be-shown>', 'secretKey is a placeholder'],
    ['secretKey', 'sk_live_never-to-be-shown\n', 'without quotes and spaces'],
    ['serveSecret', 'psk_live_...', 'AURA_SERVE_SECRET'],
    ['serveSecret', 'psk_live_*', 'serveSecret is a placeholder'],
    ['projectName', 'My App', '"My App"'],
    ['projectName', 'a', '2 to 40 of a-z, 0-9 and "-"'],
    ['projectName', 'admin', 'no reserved word'],
    ['projectName', SECRET_KEY, 'not a valid project'],
    ['cdnUrl', 'cdn.example', '"cdn.example"'],
    ['cdnUrl', 'ftp://cdn.example', 'http or https URL'],
    ['cdnUrl', 'javascript:alert(1)', 'such as https://cdn.example'],
    ['cdnUrl', 'https://cdn.example?x=1', 'http or https URL'],
    ['cdnUrl', 'https://cdn.example#x', 'http or https URL'],
    ['cdnUrl', 'https://user:never-to-be-shown@cdn.example', 'http or https URL'],
    ['cdnUrl', SERVE_SECRET, 'http or https URL'],
  ])('says what is wrong with %s, and shows no secret: %j', (setting, value, words) => {
    const error = refused({ [setting]: value });
    expect(error.code).toBe('setting_invalid');
    expect(error.message).toContain(setting);
    expect(error.message).toContain(words);
    expect(inspect(error)).not.toContain('never-to-be-shown');
  });

  it('refuses a setting that it does not know, and suggests the one that was meant', () => {
    const error = refused({ servesecret: SERVE_SECRET } as object);
    expect(error.code).toBe('option_unknown');
    expect(error.message).toBe(
      'new AuraImage() has no option "servesecret": did you mean "serveSecret"? The options are secretKey, projectName, serveSecret, cdnUrl',
    );
    expect(refused({ region: 'eu' } as object).message).toContain('has no option "region". The');
  });

  it.each(['https://cdn.example/', 'http://localhost:8787', 'https://example.org/images/'])(
    'accepts the cdnUrl %j',
    (cdnUrl) => expect(new AuraImage({ ...settings, cdnUrl })).toBeInstanceOf(AuraImage),
  );

  it('throws in a browser and says where to sign', () => {
    vi.stubGlobal('window', {});
    expect(new AuraImage(settings)).toBeInstanceOf(AuraImage);
    vi.stubGlobal('document', {});
    const error = refused({});
    expect(error.code).toBe('browser');
    expect(error.message).toMatch(/must not run in a browser: .*server/);
  });

  it('does not show its secrets when printed', () => {
    const aura = new AuraImage(settings);
    const printed = `${inspect(aura, { showHidden: true, depth: 9 })}${JSON.stringify(aura)}${aura}`;
    expect(printed).not.toContain('never-to-be-shown');
  });
});

describe('AuraImageError', () => {
  it('is an error with a name and a stable code', () => {
    const error = refused({ secretKey: undefined });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'AuraImageError',
      status: undefined,
      serverCode: undefined,
    });
    expectTypeOf(error.code).toEqualTypeOf<AuraImageErrorCode>();
    expectTypeOf(error.status).toEqualTypeOf<number | undefined>();
  });
});
