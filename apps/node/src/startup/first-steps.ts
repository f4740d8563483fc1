import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { createFirstUser, createSetupLink } from '@auraimage/control';
import { ApiError } from '@auraimage/http';
import type { AuditLog, Identity, Invitations, ProjectRegistry } from '@auraimage/ports';
import { AuraImage } from '@auraimage/sdk';
import type { Addresses } from '../config/addresses.js';
import type { Config } from '../config/config.js';
import { bySystem, type EnvBlock, formatEnvBlock, provisionProject } from './provision.js';
import type { Stores } from './stores.js';

/** Made by scripts/draw-sample.mjs. */
const PICTURE = new URL('../../assets/northern-lights.jpg', import.meta.url);

const FIRST_PROJECT = 'my-app';

/** A line on standard output. */
const say = (text: string) => process.stdout.write(`${text}\n`);

/** The addresses of a server that is listening. */
type Listening = Addresses & { readonly localUrl: string };

/**
 * On the first start, creates a project with a sample image, and a way to create the first account. If
 * several servers start together on an empty database, one of them creates the project.
 */
export async function welcomeFirstUser(
  stores: Stores,
  config: Config,
  server: Listening,
): Promise<void> {
  const { registry, identity } = stores;
  const isNew = (await registry.listProjects()).length === 0 && !(await identity.hasUsers());
  if (isNew) await createFirstProject(stores, server);
  const setupLink = await openFirstAccount(stores, config, server.appUrl);
  if (setupLink !== null) say(`# Make your account: ${setupLink}\n`);
}

async function createFirstProject(
  { registry }: Stores,
  { cdnUrl, localUrl }: Listening,
): Promise<void> {
  const block = await provisionFirst(registry, cdnUrl);
  if (block === null) return;
  say(`# First start: put these lines into your app's .env. The secret key is not shown again.
${formatEnvBlock(block)}
`);
  try {
    const { unsigned, signed } = await uploadSample(block, localUrl);
    say(`# A private sample image. Without a token it is refused (403):
${unsigned}
# With a token it is served (200) for one hour:
${signed}
`);
  } catch (error) {
    // The limits of the settings may forbid the sample: start anyway.
    say(`# No sample image: ${error instanceof Error ? error.message : error}\n`);
  }
}

/** `null` if another server was first: it has printed the key. */
async function provisionFirst(
  registry: Stores['registry'],
  cdnUrl: string,
): Promise<EnvBlock | null> {
  try {
    return await provisionProject(registry, { name: FIRST_PROJECT }, cdnUrl);
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
 * revoke the link that another one has just printed.
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
