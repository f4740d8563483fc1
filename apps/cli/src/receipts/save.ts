import { resolve } from 'node:path';
import type { Context } from '../context.js';
import { CliError, usageError } from '../errors.js';
import { modeOf, replaceFile } from '../home.js';
import { printable } from '../output.js';
import type { FileOutcome } from '../upload/send.js';
import { requestReceiptKeys } from './keys.js';

/**
 * Prepares to save the receipt of one file. A file that exists is kept: it may be the only copy of another receipt.
 *
 * @param path as the person gave it
 * @returns saves the receipt of an upload, and requests the keys with which `aura verify` works without the server
 */
export async function createReceiptSaver(
  ctx: Context,
  path: string,
): Promise<(outcome: FileOutcome) => Promise<void>> {
  const file = resolve(ctx.host.cwd, path);
  if ((await modeOf(file)) !== null) {
    throw usageError(`${path} exists already`, 'Give --receipt the name of a new file.');
  }
  return async (outcome) => {
    const { status, receipt } = outcome;
    if (status === 'skipped') {
      throw withoutReceipt(
        `${printable(outcome.file)} was there already, so it was not sent`,
        'A receipt is part of the response to an upload. Upload it under another name for one.',
      );
    }
    if (status !== 'uploaded') return;
    if (receipt === undefined) {
      throw withoutReceipt('The server gave no receipt', 'Search its log for the request.');
    }
    await replaceFile(file, `${JSON.stringify(outcome, null, 2)}\n`, 0o644);
    ctx.output.note(`The receipt is in ${path}`);
    await requestReceiptKeys(ctx, ctx.settings().cdnUrl).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      ctx.output.warn(`The keys of the server are not saved: ${why}`);
    });
  };
}

function withoutReceipt(message: string, fix: string): CliError {
  return new CliError(message, { code: 'receipt_missing', fix });
}
