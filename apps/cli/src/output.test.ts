import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createOutput } from './output.js';
import { createHost } from './testing/run-aura.js';

function open(isTTY: boolean) {
  const stream = () => Object.assign(new PassThrough(), { isTTY, columns: 20 });
  const [stdin, stdout, stderr] = [stream(), stream(), stream()];
  const output = createOutput(createHost({ stdin, stdout, stderr }));
  return { output, out: () => String(stdout.read() ?? ''), err: () => String(stderr.read() ?? '') };
}

describe('the status line', () => {
  it('is overwritten at a terminal, and cleared before other output', () => {
    const { output, out, err } = open(true);
    output.status('1 of 2 files, and more than fits');
    expect(err()).toBe('1 of 2 files, and m');
    output.print('done');
    expect(err()).toBe('\u001b[1G\u001b[2K');
    expect(out()).toBe('done\n');
    output.print('again');
    expect(err()).toBe('');
  });

  it('is not printed into a file', () => {
    const { output, err } = open(false);
    output.status('1 of 2 files');
    output.note('said');
    expect(err()).toBe('said\n');
  });
});
