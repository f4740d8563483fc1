import type { CheckDepth } from '@auraimage/ports';
import { type Command, Option } from 'commander';
import type { CopyReport } from '../operations/copy-objects.js';

/** Writes a line to standard output. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Time before the first line, in milliseconds. Most runs end before. */
const FIRST_MS = 1000;
/** Interval between lines that are not overwritten, as in a log. */
const LOG_MS = 10_000;

/** Shows the progress of a long run on standard error. */
export interface Progress {
  /** @param text called when the line is shown */
  show(text: () => string): void;
  /** Clears the line on a terminal. */
  end(): void;
}

export function createProgress(out: NodeJS.WriteStream = process.stderr): Progress {
  let nextAt = performance.now() + FIRST_MS;
  let shown = false;
  return {
    show(text) {
      const now = performance.now();
      if (now < nextAt) return;
      nextAt = now + (out.isTTY ? FIRST_MS : LOG_MS);
      shown = true;
      out.write(out.isTTY ? `\r\x1b[K${text()}` : `${text()}\n`);
    },
    end() {
      if (shown && out.isTTY) out.write('\r\x1b[K');
    },
  };
}

/** Concurrent copies. */
export const AT_ONCE = 8;

const MOST_SHOWN = 20;

/** How thoroughly to check objects that the target already has. */
export interface DepthOptions {
  readonly verify?: boolean;
  readonly bySize?: boolean;
}

export function addDepthOptions(command: Command): Command {
  return command
    .addOption(new Option('--verify', 'read existing copies to the last byte').conflicts('bySize'))
    .option('--by-size', 'accept existing copies of the right size');
}

export function depthOf({ verify, bySize }: DepthOptions): CheckDepth {
  if (verify) return 'bytes';
  return bySize ? 'size' : 'noted';
}

/** Shows the progress of a copy: amount, rate and remaining time. */
export function createCopyProgress() {
  const progress = createProgress();
  const started = performance.now();
  return {
    end: progress.end,
    onProgress: ({ done, total }: CopyReport) =>
      progress.show(() => {
        const rate = done.bytes / ((performance.now() - started) / 1000);
        const left = Math.max(0, total.bytes - done.bytes) / rate;
        return [
          `${done.count} of ${total.images} images`,
          `${formatBytes(done.bytes)} of ${formatBytes(total.bytes)}`,
          `${formatBytes(Math.round(rate))}/s`,
          ...(Number.isFinite(left) ? [`${timeOf(left)} left`] : []),
        ].join(', ');
      }),
  };
}

/** Summarizes a copy in one or two lines. */
export function describeCopy({ copied, present, gone }: CopyReport): string {
  const lines = [
    `${countOf(copied.count, 'image')} copied, ${formatBytes(copied.bytes)}; ${present.count} there already.`,
  ];
  if (gone.count > 0) lines.push(`${countOf(gone.count, 'image')} left out: deleted meanwhile.`);
  return lines.join('\n');
}

/** Prints to standard error which images could not be copied and why. Returns whether there are any. */
export function printProblems({ problems }: CopyReport): boolean {
  if (problems.length === 0) return false;
  const lines = problems
    .slice(0, MOST_SHOWN)
    .map(({ project, key, why }) => `${project}/${key}: ${why}`);
  if (problems.length > lines.length) lines.push(`and ${problems.length - lines.length} more`);
  process.stderr.write(`${lines.join('\n')}\n`);
  return true;
}

function timeOf(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** Formats bytes with a unit. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const power = Math.min(4, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)} ${['', 'KB', 'MB', 'GB', 'TB'][power]}`;
}

/** Formats a count: `1 object`, `2 objects`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
