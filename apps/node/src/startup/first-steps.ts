import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rename, rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { createFirstUser, createSetupLink } from '@auraimage/control';
import { ApiError } from '@auraimage/http';
import type { AuditLog, Identity, Invitations, ProjectRegistry } from '@auraimage/ports';
import { AuraImage } from '@auraimage/sdk';
import type { Addresses } from '../config/addresses.js';
import type { Config } from '../config/config.js';
import { writeDurably } from './master-key.js';
import { bySystem, type EnvBlock, formatEnvBlock, provisionProject } from './provision.js';
import type { Stores } from './stores.js';

/** Made by scripts/draw-sample.mjs. */
const PICTURE = new URL('../../assets/northern-lights.jpg', import.meta.url);

const FIRST_PROJECT = 'my-app';

/** Where there is no terminal: the first project's secrets, and the set-up link of the last start. */
const PROJECT_FILE = 'first-start.txt';
const LINK_FILE = 'setup-link.txt';

/** The addresses of a server that is listening. */
type Listening = Addresses & { readonly localUrl: string };

/**
 * On the first start, creates a project with a sample image, and a way to create the first account. If
 * several servers start together on an empty database, one of them creates the project.
 *
 * A terminal shows everything. Any other output may be a log, which must hold no secret: there, the secrets are
 * written to files in the data folder, and the output names the files. The first start that finds an account and
 * creates no project removes them.
 */
export async function welcomeFirstUser(
  stores: Stores,
  config: Config,
  server: Listening,
): Promise<void> {
  const { registry, identity } = stores;
  const [projectFile, linkFile] = [PROJECT_FILE, LINK_FILE].map((name) =>
    createSecretOutput(join(config.dataDir, name)),
  ) as [SecretOutput, SecretOutput];
  const isNew = (await registry.listProjects()).length === 0 && !(await identity.hasUsers());
  const quotaBytes = config.projectQuota ?? null;
  const block = isNew ? await provisionFirst(registry, quotaBytes, server.cdnUrl) : null;
  if (block !== null) await showProject(block, server, projectFile);
  const link = await openFirstAccount(stores, config, server.appUrl);
  if (link !== null) {
    await linkFile.show(
      `# Make your account: ${link}\n`,
      `# Make your account: the link is in ${linkFile.path}\n`,
    );
  } else if (block === null) {
    await Promise.all([projectFile.remove(), linkFile.remove()]);
  }
}

async function showProject(
  block: EnvBlock,
  { localUrl }: Listening,
  { path, show }: SecretOutput,
): Promise<void> {
  await show(
    `# First start: put these lines into your app's .env. The secret key is not shown again.
${formatEnvBlock(block)}
`,
    `# First start: the lines for your app's .env are in ${path}\n`,
  );
  const sample = await uploadSample(block, localUrl).catch((error: unknown) => {
    // The limits of the settings may forbid the sample: start anyway.
    process.stdout.write(
      `# No sample image: ${error instanceof Error ? error.message : error}\n\n`,
    );
    return null;
  });
  if (sample === null) return;
  const refused = `# A private sample image. Without a token it is refused (403):\n${sample.unsigned}\n`;
  await show(
    `${refused}# With a token it is served (200) for one hour:\n${sample.signed}\n`,
    `${refused}# With a token it is served (200) for one hour: that link is in ${path}\n`,
  );
}

/** Shows secrets on a terminal, and writes them to a file (mode 0600) where standard output is none. */
interface SecretOutput {
  /** Of the file. */
  readonly path: string;
  /**
   * @param text with secrets; the file collects the texts of this start
   * @param instead without secrets, for an output that is no terminal
   */
  show(text: string, instead: string): Promise<void>;
  /** Removes the file of an earlier start. */
  remove(): Promise<void>;
}

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

/** `null` if another server was first: it has shown the key. */
async function provisionFirst(
  registry: Stores['registry'],
  quotaBytes: number | null,
  cdnUrl: string,
): Promise<EnvBlock | null> {
  try {
    return await provisionProject(registry, { name: FIRST_PROJECT, quotaBytes }, cdnUrl);
  } catch (error) {
    if (error instanceof ApiError && error.code === 'project_name_taken') return null;
    throw error;
  }
}

interface Ports {
  readonly registry: ProjectRegistry;
  readonly identity: Identity;
  readonly invitations: Invitations;
  readonly audit: AuditLog;
}

/**
 * While nobody has an account, creates the administrator of the settings, or a setup link. Setup links of
 * earlier starts stop working, unless several servers may share the database: a server that starts must not
 * revoke the link that another one has just shown.
 *
 * @param appUrl address of the dashboard
 * @returns the link, or `null` if there is an account now
 */
async function openFirstAccount(
  ports: Ports,
  config: Pick<Config, 'adminEmail' | 'adminPassword' | 'databaseUrl'>,
  appUrl: string,
): Promise<string | null> {
  if (await ports.identity.hasUsers()) return null;
  const accountId = await ports.registry.firstAccount();
  const clock = { now: Date.now };
  const { adminEmail: email, adminPassword: password } = config;
  if (email === undefined || password === undefined) {
    const others = config.databaseUrl === undefined ? 'end' : 'keep';
    return createSetupLink({ ...ports, clock }, { appUrl }, accountId, others);
  }
  await ports.invitations.revokeSetupLinks();
  const user = await createFirstUser(ports, accountId, { email, password }).catch(nullIfTaken);
  if (user === null) return null;
  const made = bySystem(accountId, 'account.created', null, user.email);
  await ports.audit.append([{ ...made, at: clock.now() }]);
  return null;
}

/** `null` if another server with the same settings has just created the account. */
function nullIfTaken(error: unknown): null {
  if (error instanceof ApiError && error.code === 'email_taken') return null;
  throw error;
}

/** Two URLs of one private image. */
interface SampleLinks {
  /** Answered with 403. */
  readonly unsigned: string;
  /** Answered with 200 for an hour. */
  readonly signed: string;
}

/**
 * Uploads a private image as any developer's code would, and signs a URL of it.
 *
 * @param localUrl the server's address on this machine
 */
async function uploadSample(block: EnvBlock, localUrl: string): Promise<SampleLinks> {
  const aura = new AuraImage(block);
  const token = await aura.signUpload({ visibility: 'private', expiresIn: 60 });
  const form = new FormData();
  const jpeg = new Uint8Array(await readFile(PICTURE));
  form.append('file', new File([jpeg], 'northern-lights.jpg', { type: 'image/jpeg' }));
  const { status, text } = await postForm(`${localUrl}/v1/upload`, form, {
    'X-Aura-Signature': token,
    Host: new URL(block.cdnUrl).host,
  });
  if (status !== 201) throw new Error(`the sample upload was answered ${status}`);
  const { url, key } = JSON.parse(text) as { url: string; key: string };
  return { unsigned: url, signed: await aura.getSignedUrl(key) };
}

/** Sends a form as `fetch` does, but with a `Host` header, which `fetch` does not allow. */
async function postForm(url: string, form: FormData, headers: Readonly<Record<string, string>>) {
  const encoded = new Response(form);
  const sent = request(url, {
    method: 'POST',
    agent: false, // a kept-alive connection would delay the shutdown
    headers: { ...headers, 'Content-Type': encoded.headers.get('content-type') ?? '' },
  });
  sent.end(new Uint8Array(await encoded.arrayBuffer()));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode, text: await readText(response) };
}
