import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readConfig } from '../config/config.js';
import { welcomeFirstUser } from './first-steps.js';
import { openStores, type Stores } from './stores.js';

const LISTENING = {
  cdnUrl: 'http://localhost:1',
  appUrl: 'http://localhost:1',
  localUrl: 'http://localhost:1', // nobody takes the sample there
  split: false,
};

let dataDir: string;
let stores: Stores;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'aura-first-steps-'));
  stores = await openStores(readConfig({ AURA_DATA_DIR: dataDir }), { warn() {} });
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await stores.close();
  await rm(dataDir, { recursive: true });
});

const startTwice = (environment: Readonly<Record<string, string>>) => {
  const config = readConfig({ AURA_DATA_DIR: dataDir, ...environment });
  return Promise.all([1, 2].map(() => welcomeFirstUser(stores, config, LISTENING)));
};

it('welcomes once when two servers start at the same time', async () => {
  await startTwice({});
  const text = await readFile(join(dataDir, 'first-start.txt'), 'utf8');
  expect(text.match(/^AURA_SECRET_KEY=/gm)).toHaveLength(1);
  expect(await stores.registry.listProjects()).toHaveLength(1);
});
