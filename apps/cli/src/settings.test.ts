import { describe, expect, it } from 'vitest';
import { readSettings } from './settings.js';

describe('readSettings', () => {
  it('works with nothing set', () => {
    expect(readSettings({})).toMatchObject({
      apiUrl: 'http://localhost:8787',
      cdnUrl: 'http://localhost:8787',
      webUrl: 'http://localhost:8787',
      token: undefined,
      project: undefined,
    });
  });

  it('defaults to the URL of the API', () => {
    const settings = readSettings({ AURA_API_URL: 'https://images.example/' });
    expect(settings.apiUrl).toBe('https://images.example');
    expect(settings.cdnUrl).toBe('https://images.example');
    expect(settings.webUrl).toBe('https://images.example');
  });

  it('prefers its own variables to those of an app', () => {
    const app = {
      NEXT_PUBLIC_AURA_CDN_URL: 'https://cdn.example',
      NEXT_PUBLIC_AURA_PROJECT_NAME: 'app',
    };
    expect(readSettings(app)).toMatchObject({ cdnUrl: 'https://cdn.example', project: 'app' });
    const own = { AURA_CDN_URL: 'https://other.example', AURA_PROJECT: 'other' };
    expect(readSettings({ ...app, ...own })).toMatchObject({
      cdnUrl: 'https://other.example',
      project: 'other',
      serveProject: 'app',
    });
  });

  it.each([
    ['AURA_API_URL', 'images.example'],
    ['AURA_API_URL', 'ftp://images.example'],
    ['AURA_CDN_URL', 'https://kim:never-to-be-shown@images.example'],
    ['AURA_WEB_URL', 'https://images.example?never-to-be-shown'],
    ['AURA_TOKEN', 'never-to-be-shown'],
    ['AURA_TOKEN', 'psk_live_never-to-be-shown'],
    ['AURA_TOKEN', 'aura_cli_never-to-be-shown\nX-Header: 1'],
    ['AURA_SERVE_SECRET', 'sk_live_never-to-be-shown'],
    ['AURA_PROJECT', 'My App'],
    ['AURA_PROJECT', '../x'],
  ])('names %s if it is invalid, without showing it', (variable, value) => {
    const read = () => readSettings({ [variable]: value });
    expect(read).toThrow(expect.objectContaining({ exit: 2 }));
    expect(read).toThrow(variable);
    expect(read).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('never-to-be-shown') }),
    );
  });
});
