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

/** Drawn by scripts/draw-sample.mjs. */
const PICTURE = new URL('../../assets/northern-lights.jpg', import.meta.url);

const FIRST_PROJECT = 'my-app';

/** A line on standard output. */
const say = (text: string) => process.stdout.write(`${text}\n`);

/** Where a server is that listens already. */
type Listening = Addresses & { readonly localUrl: string };

/**
 * What a start does when nobody has used the server yet: a first project with a sample image, and a way in.
 * Of several servers that start together on an empty database, one makes the project.
 */
export async function takeFirstSteps(
  stores: Stores,
  config: Config,
  server: Listening,
): Promise<void> {
  const { registry, identity } = stores;
  const isNew = (await registry.listProjects()).length === 0 && !(await identity.hasUsers());
  if (isNew) await welcome(stores, server);
  const setUpLink = await admitFirst(stores, config, server.appUrl);
  if (setUpLink !== null) say(`# Make your account: ${setUpLink}\n`);
}

async function welcome({ registry }: Stores, { cdnUrl, localUrl }: Listening): Promise<void> {
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
    // Limits that the sample does not keep to are no reason not to start.
    say(`# No sample image: ${error instanceof Error ? error.message : error}\n`);
  }
}

/** `null` where another server was quicker: it has printed the key. */
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
 * Lets the first person in, as long as there is nobody: makes the administrator of the settings, or a link
 * that makes one. Links of earlier starts end, but where several servers may share the database: one that
 * starts must not take away what another has just printed.
 *
 * @param appUrl where the dashboard is reached
 * @returns the link, or `null` where there is somebody
 */
async function admitFirst(
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
  const user = await createFirstUser(ports, accountId, { email, password }).catch(unlessTaken);
  if (user === null) return null;
  const made = bySystem(accountId, 'account.created', null, user.email);
  await ports.audit.append([{ ...made, at: clock.now() }]);
  return null;
}

/** Another server that starts with the same settings was quicker. */
function unlessTaken(error: unknown): null {
  if (error instanceof ApiError && error.code === 'email_taken') return null;
  throw error;
}

/** Two addresses of one private image. */
interface SampleLinks {
  /** Answers 403. */
  readonly unsigned: string;
  /** Answers 200 for an hour. */
  readonly signed: string;
}

/**
 * Uploads a private picture the way any developer's code does, and signs a link to it.
 *
 * @param localUrl where this machine reaches the server
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

/** Sends a form the way `fetch` does, which takes no `Host` from anyone. */
async function postForm(url: string, form: FormData, headers: Readonly<Record<string, string>>) {
  const encoded = new Response(form);
  const sent = request(url, {
    method: 'POST',
    agent: false, // a connection that is kept would keep a stop waiting
    headers: { ...headers, 'Content-Type': encoded.headers.get('content-type') ?? '' },
  });
  sent.end(new Uint8Array(await encoded.arrayBuffer()));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode, text: await readText(response) };
}
