import { createHash } from 'node:crypto';
import { createReadStream, openAsBlob } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Api } from '../api.js';
import type { Uploaded, Visibility } from '../api-types.js';
import { CliError, EXIT } from '../errors.js';
import { UnreachableError } from '../http.js';
import type { FoundFile } from './files.js';

const ATTEMPTS = 3;

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
  readonly project: string;
  readonly visibility: Visibility;
  readonly cwd: string;
  readonly dryRun: boolean;
  readonly uploadToken: () => Promise<string>;
  /** Files of this run by their SHA-256: of two alike, the second waits, and finds the first. */
  readonly alike: Map<string, Promise<FileOutcome>>;
}

/**
 * Sends one file, unless the project has its very bytes with the same visibility already.
 *
 * @throws what would befall every other file too: signed out, nobody answers
 */
export async function sendFile(sender: Sender, found: FoundFile): Promise<FileOutcome> {
  const { file } = found;
  try {
    const sha256 = await hashFile(resolve(sender.cwd, file));
    const earlier = sender.alike.get(sha256);
    const outcome = Promise.resolve(earlier).then(
      () => sendOnce(sender, found, sha256),
      () => sendOnce(sender, found, sha256),
    );
    sender.alike.set(sha256, outcome);
    return await outcome;
  } catch (error) {
    if (error instanceof UnreachableError) throw error;
    if (error instanceof CliError && error.exit !== EXIT.failed) throw error;
    return { file, status: 'failed', error: described(error) };
  }
}

async function sendOnce(sender: Sender, found: FoundFile, sha256: string): Promise<FileOutcome> {
  const { file, size } = found;
  for (let attempt = 1; ; attempt++) {
    const there = await lookUp(sender, sha256);
    if (there !== null) return { file, status: 'skipped', ...facts(there) };
    if (sender.dryRun) return { file, status: 'planned', size };
    try {
      return { file, status: 'uploaded', ...facts(await upload(sender, file)) };
    } catch (error) {
      // It may have arrived though the answer did not: so the look-up comes again first.
      if (!(error instanceof UnreachableError) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Lower-case hexadecimal SHA-256 of a file's bytes. */
async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function lookUp({ api, project, visibility }: Sender, sha256: string) {
  const { images } = await api.images(project, { sha256, visibility, limit: 1 });
  return images[0] ?? null;
}

async function upload({ api, cwd, uploadToken }: Sender, file: string): Promise<Uploaded> {
  // Backed by the file: its bytes are read as they are sent.
  const blob = await openAsBlob(resolve(cwd, file));
  return api.upload(await uploadToken(), blob, basename(file));
}

function facts({ key, url, visibility, size, width, height, format }: Uploaded) {
  return { key, url, visibility, size, width, height, format };
}

function described(error: unknown): { code: string; message: string } {
  if (error instanceof CliError) return { code: error.code, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'file_unreadable', message };
}
