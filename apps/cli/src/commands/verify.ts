import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ReceiptClaims } from '@auraimage/protocol';
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { CliError, hasCode, usageError } from '../errors.js';
import { examples } from '../help.js';
import { printable } from '../output.js';
import { findReceiptKeys, type ReceiptKeySet } from '../receipts/keys.js';
import { formatBytes } from '../units.js';

/** Largest file with a receipt or with keys, in bytes. */
const MAX_TEXT_BYTES = 256 * 1024;

interface VerifyOptions {
  readonly keys?: string;
  readonly issuer?: string;
  readonly json?: boolean;
}

export function verifyCommand(program: Command, ctx: Context): void {
  program
    .command('verify')
    .description('prove with the receipt of an upload that a file is the original')
    .argument('<receipt>', 'file with the response of the upload, or with the text of its receipt')
    .argument('<image>', 'the file')
    .option('--keys <file>', 'trust these keys, a saved aura-keys.json; sends no request')
    .option('--issuer <url>', 'the server that the receipt must be of; default: AURA_CDN_URL')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        'aura verify receipt.json photo.jpg',
        'aura verify receipt.json photo.jpg --issuer https://images.example',
        'aura verify receipt.json photo.jpg --keys aura-keys.json',
      ),
    )
    .action((receipt: string, image: string, options: VerifyOptions) =>
      verify(ctx, receipt, image, options),
    );
}

async function verify(
  ctx: Context,
  receiptFile: string,
  image: string,
  { keys: keysFile, issuer: named, json }: VerifyOptions,
): Promise<void> {
  const { host, output } = ctx;
  // The library of signatures is loaded by no other command.
  const { claimedIssuer, parseReceipt, verifyReceipt } = await import('../receipts/verify.js');
  const receipt = parseReceipt(await readText(host.cwd, receiptFile), receiptFile);
  // A receipt names its server itself, so anyone can make one of a server of theirs: whose receipts are accepted is
  // decided here, by the person's settings or by the keys that the person gives.
  const issuer = issuerOf(ctx, named, keysFile !== undefined);
  checkIssuer(claimedIssuer(receipt), issuer);
  const keySet = await keysOf(ctx, keysFile, issuer);
  const claims = await verifyReceipt(receipt, keySet);
  checkIssuer(claims.iss, issuer);
  await compareFile(host.cwd, image, claims);
  report(output, image, claims, json === true);
}

function report(
  output: Context['output'],
  file: string,
  { iss, iat, project, key, sha256, size }: ReceiptClaims,
  json: boolean,
): void {
  const uploadedAt = new Date(iat * 1000).toISOString();
  if (json) {
    output.json({ ok: true, file, issuer: iss, project, key, sha256, size, uploadedAt });
    return;
  }
  output.print(
    `${output.paint('green', 'verified')}  ${printable(file)} is the file that was uploaded, ${formatBytes(size)}`,
  );
  const facts = {
    server: iss,
    image: `${project}/${key}`,
    uploaded: uploadedAt,
    'SHA-256': sha256,
  };
  for (const [name, value] of Object.entries(facts)) {
    output.print(`          ${name.padEnd(9)} ${printable(value)}`);
  }
}

function issuerOf(ctx: Context, named: string | undefined, hasKeys: boolean): string | undefined {
  if (named === undefined) return hasKeys ? undefined : ctx.settings().cdnUrl;
  const url = plainUrl(named);
  if (url !== null) return url;
  throw usageError('--issuer is not a plain http or https URL', 'Give https://images.example.');
}

/** @param issuer the only server that the receipt may be of; `undefined` where the given keys decide that */
function checkIssuer(claimed: string, issuer: string | undefined): void {
  if (issuer === undefined || plainUrl(claimed) === issuer) return;
  throw new CliError(`The receipt is of ${printable(claimed)}, not of ${issuer}`, {
    code: 'receipt_issuer_wrong',
    fix: 'If you trust that server, name it: --issuer URL, or AURA_CDN_URL.',
  });
}

/** A server's address in one form, without a slash at the end; `null` for other texts. */
function plainUrl(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlain = url !== null && /^https?:$/.test(url.protocol) && !/[?#@]/.test(text);
  return isPlain ? url.href.replace(/\/+$/, '') : null;
}

async function keysOf(
  ctx: Context,
  file: string | undefined,
  issuer: string | undefined,
): Promise<ReceiptKeySet> {
  if (file !== undefined) return parseKeys(await readText(ctx.host.cwd, file), file);
  const server = issuer ?? ctx.settings().cdnUrl;
  const { protocol, hostname } = new URL(server);
  if (protocol === 'http:' && !/^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(hostname)) {
    ctx.output.warn(`${server} has no TLS: somebody in between can send other keys`);
  }
  return findReceiptKeys(ctx, server);
}

function parseKeys(text: string, file: string): ReceiptKeySet {
  try {
    const { keys }: { keys?: unknown } = Object(JSON.parse(text));
    if (Array.isArray(keys)) return { keys: keys.map((key) => Object(key)) };
  } catch {
    // Reported below: the parser's own message would quote the file.
  }
  throw new CliError(`${printable(file)} has no keys`, {
    code: 'keys_malformed',
    fix: 'Save them from the server: /.well-known/aura-keys.json.',
  });
}

/** @throws {CliError} `file_differs` unless the file has the bytes of the receipt */
async function compareFile(cwd: string, file: string, claims: ReceiptClaims): Promise<void> {
  const opened = await openFile(cwd, file);
  try {
    const { size } = await opened.stat();
    if (size !== claims.size) {
      throw differs(`${printable(file)} has ${size} bytes, the uploaded file had ${claims.size}`);
    }
    const hash = createHash('sha256');
    for await (const chunk of opened.createReadStream({ autoClose: false })) hash.update(chunk);
    if (hash.digest('hex') !== claims.sha256) {
      throw differs(`${printable(file)} has as many bytes as the uploaded file, but others`);
    }
  } finally {
    await opened.close();
  }
}

function differs(message: string): CliError {
  return new CliError(message, {
    code: 'file_differs',
    fix: 'It is another file, incomplete, or was changed since the upload.',
  });
}

async function readText(cwd: string, file: string): Promise<string> {
  const opened = await openFile(cwd, file);
  try {
    if ((await opened.stat()).size > MAX_TEXT_BYTES) {
      const message = `${printable(file)} is larger than ${formatBytes(MAX_TEXT_BYTES)}`;
      throw new CliError(message, { code: 'file_too_large' });
    }
    return await opened.readFile('utf8');
  } finally {
    await opened.close();
  }
}

/** Opens a file for reading. No symbolic link, and nothing that would wait for a writer. */
async function openFile(cwd: string, file: string): Promise<FileHandle> {
  const path = resolve(cwd, file);
  const facts = await lstat(path).catch((error: unknown) => {
    throw unreadable(file, error);
  });
  if (facts.isSymbolicLink()) {
    throw notAFile(`${printable(file)} is a symbolic link: give its target`);
  }
  if (!facts.isFile()) throw notAFile(`${printable(file)} is not a file`);
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: unknown) => {
    throw unreadable(file, error);
  });
}

function notAFile(message: string): CliError {
  return new CliError(message, { code: 'not_a_file' });
}

function unreadable(file: string, cause: unknown): CliError {
  const isMissing = hasCode(cause, 'ENOENT');
  return isMissing
    ? new CliError(`There is no file ${printable(file)}`, { code: 'file_not_found', cause })
    : new CliError(`${printable(file)} cannot be read`, { code: 'file_unreadable', cause });
}
