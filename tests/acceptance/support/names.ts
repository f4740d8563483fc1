import sharp from 'sharp';
import { expect } from 'vitest';
import { type OwnedServer, type SharedServer, sharedServer } from '../../harness/shared-server.js';
import { postUpload, type Uploaded } from '../../harness/upload.js';
import { type Ask, ask, type Reply } from './serve-request.js';
import { handToken, now } from './serve-token.js';
import { sign, uploadClaims } from './upload-tokens.js';

export interface Named extends Uploaded {
  readonly name: string;
  readonly filename: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

type Claims = Readonly<Record<string, unknown>>;

/** A project on the shared server, and requests about images whose names its tests choose. */
export interface Names {
  readonly server: SharedServer;
  /** The API, as the owner. */
  readonly api: OwnedServer['owner']['api'];
  readonly project: string;
  readonly url: string;
  readonly pictures: Readonly<Record<'red' | 'blue', Buffer>>;
  /** Uploads with an upload token that has the claims. */
  put(claims: Claims, file?: Buffer, filename?: string): Promise<Response>;
  /** As `put`; expects 201. */
  store(claims: Claims, file?: Buffer, filename?: string): Promise<Named>;
  /** Reads `/{project}/{path}`. */
  read(path: string, options?: Ask): Promise<Reply>;
  /** A request to `/v1/{path}` with the secret key. */
  manage(method: string, path: string, body?: unknown): Promise<Reply>;
  /** A serve token as other signers make it: without `iat`. */
  token(f: string): string;
}

export async function openNames(): Promise<Names> {
  const server = await sharedServer();
  const { url, credentials } = server;
  const project = credentials.projectName;
  const picture = (background: string) =>
    sharp({ create: { width: 80, height: 60, channels: 3, background } })
      .jpeg()
      .toBuffer();
  const pictures = { red: await picture('red'), blue: await picture('blue') };
  const put: Names['put'] = (claims, file = pictures.red, filename = 'photo.jpg') =>
    postUpload(url, sign(uploadClaims(credentials, claims), credentials.secretKey), file, filename);
  return {
    server,
    api: server.owner.api,
    project,
    url,
    pictures,
    put,
    async store(...upload) {
      const response = await put(...upload);
      expect(response.status, await response.clone().text()).toBe(201);
      return (await response.json()) as Named;
    },
    read: (path, options) => ask(`${url}/${project}/${path}`, options),
    manage(method, path, body) {
      const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
      return ask(`${url}/v1/${path}`, {
        method,
        headers: { Authorization: `Bearer ${credentials.secretKey}`, ...type },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    },
    token: (f) => handToken({ p: project, f, exp: now() + 60 }, credentials.serveSecret),
  };
}

/** Red or blue, by the first pixel. */
export async function colourOf({ body }: Reply): Promise<'red' | 'blue'> {
  const [red = 0, , blue = 0] = await sharp(body).removeAlpha().raw().toBuffer();
  return red > blue ? 'red' : 'blue';
}

export async function refusalOf(response: Response) {
  const { message } = (await response.json()) as { message: string };
  return [response.status, response.headers.get('x-aura-error'), message];
}
