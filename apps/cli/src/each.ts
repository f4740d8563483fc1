import type { Context } from './context.js';
import { CliError, EXIT, type SetExit } from './errors.js';

import type { TargetImage } from './project.js';

interface Outcome {
  readonly status: string;
  /** What people read; the other members are for JSON. */
  readonly text: string;
  readonly [member: string]: unknown;
}

/** Does one thing to each image in turn, and goes on after a failure: then the exit code is 1. */
export async function forEachImage(
  { output, host }: Context,
  setExit: SetExit,
  images: readonly TargetImage[],
  json: boolean,
  act: (image: TargetImage) => Promise<Outcome>,
): Promise<void> {
  for (const image of images) {
    try {
      const { text, ...members } = await act(image);
      if (json) output.json({ ...image, ...members });
      else output.print(text);
    } catch (error) {
      // What would befall the next one too ends the command.
      const single = error instanceof CliError && error.exit === EXIT.failed;
      if (!single || host.signal.aborted || error.code === 'unreachable') throw error;
      setExit(EXIT.failed);
      const { code, message } = error;
      if (json) output.json({ ...image, status: 'failed', error: { code, message } });
      else output.note(`${image.project}/${image.key}: ${message} (${code})`);
    }
  }
}
