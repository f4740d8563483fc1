import { createHash } from 'node:crypto';
import { createReadStream, openAsBlob } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Schemas } from '@auraimage/client';
import { type Api, RequestError } from '../api.js';
import { CliError, EXIT } from '../errors.js';
import type { FoundFile } from './files.js';

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
  readonly visibility?: Visibility;
  /** Bytes. */
  readonly size?: number;
  readonly width?: number;
  readonly height?: number;
  readonly format?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface Sender {
  readonly api: Api;
  readonly cdn: Api;
  readonly project: string;
  readonly visibility: Visibility;
  readonly cwd: string;
  readonly dryRun: boolean;
  readonly uploadToken: () => Promise<string>;
  /** Files of this run by their SHA-256. Of two equal ones the second waits, and is then skipped. */
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
    const sha256 = await hashFile(resolve(sender.cwd, file));
    const earlier = sender.equalFiles.get(sha256);
    const outcome = Promise.resolve(earlier).then(
      () => sendOnce(sender, found, sha256),
      () => sendOnce(sender, found, sha256),
    );
    sender.equalFiles.set(sha256, outcome);
    return await outcome;
  } catch (error) {
    if (isUnreachable(error)) throw error;
    if (error instanceof CliError && error.exit !== EXIT.failed) throw error;
    return { file, status: 'failed', error: described(error) };
  }
}

async function sendOnce(sender: Sender, found: FoundFile, sha256: string): Promise<FileOutcome> {
  const { file, size } = found;
  for (let attempt = 1; ; attempt++) {
    const existing = await findByHash(sender, sha256);
    if (existing !== null) return { file, status: 'skipped', ...facts(existing) };
    if (sender.dryRun) return { file, status: 'planned', size };
    try {
      return { file, status: 'uploaded', ...facts(await upload(sender, file)) };
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

async function findByHash({ api, project, visibility }: Sender, sha256: string) {
  const { images } = await api((client) =>
    client.GET('/v1/projects/{project}/images', {
      params: { path: { project }, query: { sha256, visibility, limit: 1 } },
    }),
  );
  return images[0] ?? null;
}

async function upload({ cdn, cwd, uploadToken }: Sender, file: string) {
  // Backed by the file: its bytes are read as they are sent.
  const blob = await openAsBlob(resolve(cwd, file));
  return uploadBlob(cdn, await uploadToken(), blob, basename(file));
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
}

/** Gives an upload token with at least half of its lifetime left; many files share one. */
export function createUploadToken(
  api: Api,
  { project, visibility, largest }: UploadTerms,
): () => Promise<string> {
  let current: { readonly signature: Promise<string>; readonly until: number } | undefined;
  return () => {
    if (current === undefined || Date.now() >= current.until) {
      const signature = signUpload(api, {
        projectName: project,
        maxSize: Math.max(largest, LEAST_MAX_SIZE),
        allowedTypes: ['image/*'],
        expiresIn: TOKEN_SECONDS,
        visibility,
      });
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
}

export async function signUpload(api: Api, body: UploadRequest): Promise<string> {
  const { signature } = await api((client) => client.POST('/v1/sign', { body }));
  return signature;
}

function facts({
  key,
  url,
  visibility,
  size,
  width,
  height,
  format,
}: Pick<Schemas['Image'], 'key' | 'url' | 'visibility' | 'size' | 'width' | 'height' | 'format'>) {
  return { key, url, visibility, size, width, height, format };
}

function isUnreachable(error: unknown): boolean {
  return error instanceof RequestError && error.status === 0;
}

function described(error: unknown): { code: string; message: string } {
  if (error instanceof CliError) return { code: error.code, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'file_unreadable', message };
}
