import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rename, rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import {
  type Addresses,
  welcomeFirstUser as firstSteps,
  LINK_FILE,
  PROJECT_FILE,
  type SecretOutput,
} from '@auraimage/host';
import type { Config } from '../config/config.js';
import { writeDurably } from './master-key.js';
import type { Stores } from './stores.js';

/** Made by scripts/draw-sample.mjs. */
const PICTURE = new URL('../../assets/northern-lights.jpg', import.meta.url);

/** The addresses of a server that is listening. */
type Listening = Addresses & { readonly localUrl: string };

/**
 * On the first start, creates a project with a sample image, and a way to create the first account.
 *
 * A terminal shows everything. Any other output may be a log, which must hold no secret: there, the secrets are
 * written to files in the data folder, and the output names the files.
 */
export async function welcomeFirstUser(
  stores: Stores,
  config: Config,
  { cdnUrl, appUrl, localUrl }: Listening,
): Promise<void> {
  await firstSteps(
    { ...stores, clock: { now: Date.now } },
    {
      ...config,
      cdnUrl,
      appUrl,
      earlierLinks: config.databaseUrl === undefined ? 'end' : 'keep',
      picture: async () => new Uint8Array(await readFile(PICTURE)),
      send: (sent) => sendLocally(sent, localUrl),
      project: createSecretOutput(join(config.dataDir, PROJECT_FILE)),
      link: createSecretOutput(join(config.dataDir, LINK_FILE)),
      say: (text) => void process.stdout.write(text),
    },
  );
}

/** The file has mode 0600. */
function createSecretOutput(path: string): SecretOutput {
  let written = '';
  return {
    path,
    async show(text, instead) {
      const isTerminal = process.stdout.isTTY;
      if (!isTerminal) {
        written += `${text}\n`;
        const draft = `${path}.${randomBytes(6).toString('hex')}`;
        await writeDurably(draft, written);
        await rename(draft, path);
      }
      process.stdout.write(`${isTerminal ? text : instead}\n`);
    },
    remove: () => rm(path, { force: true }),
  };
}

/** Sends a request as `fetch` does, but to this machine and with a `Host` header, which `fetch` does not allow. */
async function sendLocally(sent: Request, localUrl: string) {
  const { host, pathname } = new URL(sent.url);
  const outgoing = request(new URL(pathname, localUrl), {
    method: sent.method,
    agent: false, // a kept-alive connection would delay the shutdown
    headers: { ...Object.fromEntries(sent.headers), host },
  });
  outgoing.end(new Uint8Array(await sent.arrayBuffer()));
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, text: () => readText(response) };
}
