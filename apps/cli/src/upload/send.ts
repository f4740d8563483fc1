import { createHash } from 'node:crypto';
import { createReadStream, openAsBlob } from 'node:fs';
import { posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Schemas } from '@auraimage/client';
import { type Api, RequestError } from '../api.js';
import { CliError, EXIT } from '../errors.js';
import type { FoundFile } from './files.js';
import type { NameOf } from './names.js';

type Visibility = Schemas['Image']['visibility'];

const ATTEMPTS = 3;
/** Uploads of a folder meet the server's rate limit; it says when to go on. */
const PATIENCE_MS = 5 * 60_000;
const TOKEN_SECONDS = 3600;
const LEAST_MAX_SIZE = 30 * 1024 * 1024;

/** What became of one file: a line of `aura upload --json`. */
export interface FileOutcome {
  readonly file: string;
  readonly status: 'uploaded' | 'skipped' | 'planned' | 'failed';
  readonly key?: string;
  readonly url?: string;
  /** What an `<img>` shows. */
  readonly displayUrl?: string;
  readonly visibility?: Visibility;
  /** Bytes. */
  readonly size?: number;
  readonly width?: number;
  readonly height?: number;
  readonly format?: string;
  /** Proof of the upload, for `aura verify`. Absent unless the file was uploaded. */
  readonly receipt?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface Sender {
  readonly api: Api;
  readonly cdn: Api;
  readonly project: string;
  readonly visibility: Visibility;
  readonly dryRun: boolean;
  readonly nameOf: NameOf;
  /** Whether a file replaces an image that has its name. */
  readonly overwrite: boolean;
  /** A token for a file with the name, or with a generated key. */
  readonly uploadToken: (name?: string) => Promise<string>;
  /** Files of this run by their image's name, else by their SHA-256. */
  readonly equalFiles: Map<string, Promise<FileOutcome>>;
}

/**
 * Sends one file, unless the project has the same bytes with the same visibility already.
 *
 * @throws an error that every other file would meet too: not signed in, no response
 */
export async function sendFile(sender: Sender, found: FoundFile): Promise<FileOutcome> {
  const { file } = found;
  try {
    const naming = sender.nameOf(found);
    if (naming !== null && 'problem' in naming) {
      return { file, status: 'failed', error: { code: 'name_invalid', message: naming.problem } };
    }
    const name = naming?.name;
    const sha256 = await hashFile(found.path);
    // Of two files that would be one image, the second waits for the first.
    const same = name ?? sha256;
    const send = () => sendOnce(sender, found, { sha256, name });
    const outcome = Promise.resolve(sender.equalFiles.get(same)).then(send, send);
    sender.equalFiles.set(same, outcome);
    return await outcome;
  } catch (error) {
    if (isUnreachable(error)) throw error;
    if (error instanceof CliError && error.exit !== EXIT.failed) throw error;
    return { file, status: 'failed', error: described(error) };
  }
}

interface Identity {
  readonly sha256: string;
  readonly name: string | undefined;
}

async function sendOnce(
  sender: Sender,
  found: FoundFile,
  identity: Identity,
): Promise<FileOutcome> {
  const { file, size } = found;
  for (let attempt = 1; ; attempt++) {
    const existing = await findStored(sender, identity);
    if (existing !== null) return { file, status: 'skipped', ...facts(existing) };
    if (sender.dryRun) return { file, status: 'planned', size };
    try {
      return { file, status: 'uploaded', ...facts(await upload(sender, found, identity.name)) };
    } catch (error) {
      // The server may have stored it although the response was lost: so look again before the next attempt.
      if (!isUnreachable(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Lower-case hexadecimal SHA-256 of a file's bytes. */
async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** The image that has these bytes with this visibility: under the name, or under any key where none is given. */
async function findStored({ api, project, visibility }: Sender, { sha256, name }: Identity) {
  if (name !== undefined) {
    const path = { project, key: name };
    const image = await api((client) =>
      client.GET('/v1/images/{project}/{key}', { params: { path } }),
    ).catch((error: unknown) => {
      if (error instanceof RequestError && error.status === 404) return null;
      throw error;
    });
    return image?.sha256 === sha256 && image.visibility === visibility ? image : null;
  }
  const { images } = await api((client) =>
    client.GET('/v1/projects/{project}/images', {
      params: { path: { project }, query: { sha256, visibility, limit: 1 } },
    }),
  );
  return images[0] ?? null;
}

async function upload(
  { cdn, uploadToken }: Sender,
  { path, below }: FoundFile,
  name: string | undefined,
) {
  // Backed by the file: its bytes are read as they are sent.
  const blob = await openAsBlob(path);
  return uploadBlob(cdn, await uploadToken(name), blob, posix.basename(below));
}

/** Uploads to the CDN, which needs an upload token and nothing else. */
export function uploadBlob(
  cdn: Api,
  uploadToken: string,
  blob: Blob,
  filename: string,
): Promise<Schemas['UploadedImage']> {
  return cdn(
    (client) =>
      client.POST('/v1/upload', {
        headers: { 'X-Aura-Signature': uploadToken },
        body: { file: blob },
        bodySerializer: ({ file }) => {
          const form = new FormData();
          form.append('file', file, filename);
          return form;
        },
      }),
    { patienceMs: PATIENCE_MS },
  );
}

export interface UploadTerms {
  readonly project: string;
  readonly visibility: Visibility;
  /** Bytes of the largest file. */
  readonly largest: number;
  readonly overwrite?: boolean;
}

/** Gives an upload token with at least half of its lifetime left; many files share one, a name has its own. */
export function createUploadToken(
  api: Api,
  { project, visibility, largest, overwrite = false }: UploadTerms,
): (name?: string) => Promise<string> {
  let current: { readonly signature: Promise<string>; readonly until: number } | undefined;
  const request = {
    projectName: project,
    maxSize: Math.max(largest, LEAST_MAX_SIZE),
    allowedTypes: ['image/*'],
    expiresIn: TOKEN_SECONDS,
    visibility,
  };
  return (name) => {
    if (name !== undefined) return signUpload(api, { ...request, name, overwrite });
    if (current === undefined || Date.now() >= current.until) {
      const signature = signUpload(api, request);
      current = { signature, until: Date.now() + (TOKEN_SECONDS * 1000) / 2 };
      // After a failure the next file requests a new one.
      signature.catch(() => {
        current = undefined;
      });
    }
    return current.signature;
  };
}

export interface UploadRequest {
  readonly projectName: string;
  /** Bytes. */
  readonly maxSize: number;
  readonly allowedTypes: string[];
  /** Seconds. */
  readonly expiresIn: number;
  readonly visibility: Visibility;
  readonly name?: string;
  readonly overwrite?: boolean;
}

export async function signUpload(api: Api, body: UploadRequest): Promise<string> {
  const { signature } = await api((client) => client.POST('/v1/sign', { body }));
  return signature;
}

function facts({
  key,
  url,
  displayUrl,
  visibility,
  size,
  width,
  height,
  format,
  receipt,
}: Schemas['UploadedImage']) {
  const facts = { key, url, displayUrl, visibility, size, width, height, format };
  return receipt === undefined ? facts : { ...facts, receipt };
}

function isUnreachable(error: unknown): boolean {
  return error instanceof RequestError && error.status === 0;
}

function described(error: unknown): { code: string; message: string } {
  if (error instanceof CliError) return { code: error.code, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'file_unreadable', message };
}
