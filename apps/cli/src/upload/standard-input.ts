import { createWriteStream, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { sniffMasterType } from '@auraimage/protocol';
import { CliError, interruptedError, usageError } from '../errors.js';
import type { Host } from '../host.js';
import { formatBytes } from '../units.js';
import type { FoundFile } from './files.js';
import { withCheckedHead } from './head.js';

/** The path that stands for standard input. */
export const STANDARD_INPUT = '-';

/** An endless stream must not fill the disk. No server takes larger files by default. */
const MAX_BYTES = 1024 ** 3;

/**
 * Gives standard input as a file: its bytes are hashed before they are sent, and may be sent again. It is kept in a
 * temporary file, and not in memory, until `use` has ended.
 *
 * @param name of the image; the last piece of it becomes the file name
 * @throws {CliError} `input_empty`, `input_too_large`, `type_not_allowed`
 */
export async function withStandardInput(
  { stdin, signal }: Pick<Host, 'stdin' | 'signal'>,
  name: string | undefined,
  use: (file: FoundFile) => Promise<void>,
): Promise<void> {
  if (stdin.isTTY === true) {
    throw usageError(
      'Standard input is a terminal',
      'Give it an image: cat photo.jpg | aura upload -',
    );
  }
  const folder = await mkdtemp(join(tmpdir(), 'aura-upload-'));
  const path = join(folder, 'image');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // A second Ctrl-C ends the process without a look at what waits here.
  process.once('exit', remove);
  try {
    let size = 0;
    const counted = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of withCheckedHead(chunks, checkHead)) {
        size += chunk.length;
        if (size > MAX_BYTES) throw tooLarge();
        yield chunk;
      }
    };
    try {
      await pipeline(stdin, counted, createWriteStream(path, { mode: 0o600 }), { signal });
    } catch (error) {
      throw signal.aborted ? interruptedError() : error;
    }
    const below = name?.split('/').at(-1) ?? 'image';
    await use({ file: STANDARD_INPUT, path, below, size });
  } finally {
    process.off('exit', remove);
    remove();
  }
}

function checkHead(head: Buffer): void {
  if (head.length === 0) {
    throw new CliError('Standard input is empty', {
      code: 'input_empty',
      fix: 'Check the command in front of aura.',
    });
  }
  if (sniffMasterType(head) !== null) return;
  throw new CliError('Standard input is not an image of a supported type', {
    code: 'type_not_allowed',
    fix: 'JPEG, PNG, GIF, WebP, AVIF, HEIC, JPEG XL, TIFF and BMP are supported.',
  });
}

function tooLarge(): CliError {
  return new CliError(`Standard input has more than ${formatBytes(MAX_BYTES)}`, {
    code: 'input_too_large',
    fix: 'Save it as a file, and upload that.',
  });
}
