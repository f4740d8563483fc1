import { randomBytes, randomInt } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import { AuraImage } from '@auraimage/sdk';
import { drawing } from '../../files/pictures.js';
import { approvedToken, type Browser, type Person, signUp } from '../../harness/control.js';
import { makeProject } from '../../harness/projects.js';
import { startTestServer, type TestServer } from '../../harness/server.js';
import { type SharedServer, sharedHost } from '../../harness/shared-server.js';
import { type Uploaded, upload } from '../../harness/upload.js';
import { type ApiDocument, type Operation, readDocument } from './api-document.js';
import { ask, json, type Reply } from './serve-request.js';

/** Two accounts on a server; the first owns a project with a private image. */
export interface World<Server extends SharedServer = SharedServer> {
  readonly server: Server;
  readonly document: ApiDocument;
  /** An administrator, who owns the project. */
  readonly owner: Person;
  readonly ownersToken: string;
  /** A user of another account. */
  readonly outsider: Person;
  readonly outsidersToken: string;
  readonly project: string;
  readonly image: Uploaded;
  readonly file: Buffer;
}

interface DeviceCodes {
  readonly device_code: string;
  readonly user_code: string;
}

/** A world on the server that all files of this worker share. */
export async function openWorld(): Promise<World> {
  const { url, appUrl, dataDir, owner: first } = await sharedHost();
  const owner = await invite({ appUrl }, first, newEmail('owner'));
  const { people } = await first.json<{ people: { id: string }[] }>(
    'GET',
    `/v1/people?q=${owner.email}`,
  );
  await first.json('PATCH', `/v1/people/${people[0]?.id}`, { role: 'admin' });
  const credentials = await makeProject(owner.api, `app-${unique()}`, url);
  const aura = new AuraImage(credentials);
  return fill({ url, appUrl, dataDir, credentials, aura }, owner);
}

/**
 * A world on a server of its own, which its caller ends.
 *
 * @param dataDir for a first start, and kept afterwards; without it, a temporary one is used
 */
export async function openOwnWorld(
  env: Readonly<Record<string, string>>,
  dataDir?: string,
): Promise<World<TestServer>> {
  const folder = dataDir === undefined ? {} : { dataDir, isFirst: true };
  const server = await startTestServer({ ...folder, env: { AURA_LOG_LEVEL: 'warn', ...env } });
  try {
    return await fill(server, await signUp(server));
  } catch (error) {
    await server.kill();
    throw error;
  }
}

async function fill<Server extends SharedServer>(
  server: Server,
  owner: Person,
): Promise<World<Server>> {
  const outsider = await invite(server, owner, newEmail('outsider'));
  const file = await drawing(64, 48).jpeg().toBuffer();
  const document = await readDocument(server.url);
  return {
    server,
    document,
    owner,
    ownersToken: await cliToken(server, document, owner),
    outsider,
    outsidersToken: await cliToken(server, document, outsider),
    project: server.credentials.projectName,
    image: await upload(server, file, 'private'),
    file,
  };
}

/** A CLI token. Its device has an address of its own: a server gives each address only 20 device codes in ten minutes. */
async function cliToken(
  server: SharedServer,
  { operations }: ApiDocument,
  session: Browser,
): Promise<string> {
  const operation = operations.find(({ id }) => id === 'requestDevice');
  if (operation === undefined) throw new Error('no operation requestDevice');
  const from = `127.${randomInt(100, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
  const reply = await call(server.url, operation, { body: { name: 'a laptop' }, from });
  return approvedToken(server, session, jsonOf<DeviceCodes>(reply));
}

const unique = () => randomBytes(6).toString('hex');

/** An email that no other file uses on a shared server. */
export const newEmail = (name: string) => `${name}-${unique()}@example.com`;

/** Creates another account with an invitation. */
export async function invite(
  server: Pick<SharedServer, 'appUrl'>,
  admin: Browser,
  email: string,
): Promise<Person> {
  const { url } = await admin.json<{ url: string }>('POST', '/v1/auth/invitations', {});
  return signUp(server, email, url);
}

/** The headers that the dashboard sends for a signed-in user. */
export const asPerson = (
  { appUrl }: Pick<SharedServer, 'appUrl'>,
  { cookie }: Pick<Person, 'cookie'>,
) => ({
  Cookie: cookie(),
  Origin: appUrl,
  'Sec-Fetch-Site': 'same-origin',
});

export const asBearer = (token: string) => ({ Authorization: `Bearer ${token}` });

export interface Call {
  /** Values of the path parameters. */
  readonly params?: Readonly<Record<string, string>>;
  /** With its question mark. */
  readonly query?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: OutgoingHttpHeaders;
  readonly from?: string;
  readonly signal?: AbortSignal;
}

/** The URL of an operation; missing parameters get values that do not exist. */
export function pathOf({ path }: Operation, { params = {}, query = '' }: Call = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? 'none-such') + query;
}

/** Calls an operation as described. */
export function call(url: string, operation: Operation, options: Call = {}): Promise<Reply> {
  const { body, headers, from, signal } = options;
  const text = body === undefined ? undefined : JSON.stringify(body);
  return ask(url + pathOf(operation, options), {
    method: operation.method,
    headers: { ...(text !== undefined && jsonFields(text)), ...headers },
    ...(text !== undefined && { body: text }),
    ...(from !== undefined && { from }),
    ...(signal !== undefined && { signal }),
  });
}

/** The headers of a body; Node sets no length for DELETE. */
export function jsonFields(text: string, type = 'application/json') {
  const length = { 'Content-Length': Buffer.byteLength(text) };
  return type === '' ? length : { ...length, 'Content-Type': type };
}

export function jsonOf<T = Record<string, unknown>>(reply: Reply): T {
  return json(reply) as T;
}
