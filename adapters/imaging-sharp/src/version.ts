import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Versions of sharp and of the libvips that it ships, without loading either. */
export function libraryVersion(): string {
  const main = createRequire(import.meta.url).resolve('sharp');
  const manifest: { readonly version: string; readonly config: { readonly libvips: string } } =
    JSON.parse(readFileSync(join(dirname(main), '../package.json'), 'utf8'));
  const { version, config } = manifest;
  return `sharp-${version}-vips-${config.libvips.replace(/[^0-9.]/g, '')}`;
}
