import { isWorker } from '../harness/program.js';

/** How the Worker differs from the Node server. docs/guides/cloudflare-workers.md has the same table. */
export const DIFFERENCES = {
  paths: [
    'Paths with dots, such as `/a/../b`',
    '404',
    'Cloudflare resolves them, then the Worker checks what is left',
  ],
  disconnected: ['A change whose client has disconnected', 'is not made', 'may be made'],
  http: [
    'Malformed HTTP, and headers of more than 16 KB',
    '400, 408 or 431, as JSON',
    'refused by Cloudflare before the Worker, in its own form',
  ],
  empty: [
    'An `Origin` without a value',
    'refused, as that of another site',
    'not seen, as if there were none',
  ],
  levels: ['`AURA_LOG_LEVEL`', 'also `debug` and `trace`', '`info` has the most lines'],
  metrics: ['`/metrics`', 'Prometheus metrics', '404: Cloudflare has metrics of its own'],
  traces: ['Traces (OpenTelemetry)', 'yes', 'no'],
  effort: [
    'Variants are encoded again, smaller, when they are read again',
    'yes',
    'no: Cloudflare Images encodes once',
  ],
  formats: [
    'Uploads of TIFF, BMP and JPEG XL',
    'yes',
    '415: the Images binding does not decode them',
  ],
  damaged: [
    'Files with small defects that browsers show',
    'taken, and shown as browsers do',
    '422 for a JPEG or GIF without its end, and for what Cloudflare Images does not decode',
  ],
  transforms: [
    'Options of transforms',
    'all',
    '501 for `trim`, for AVIF of more than 1,200 pixels a side, and for a watermark on an animation',
  ],
  faces: [
    '`fit=face` and `fit=auto`',
    'found once for a master; `X-Aura-Smart-Crop` says whether',
    'found by Cloudflare for each variant, without that header',
  ],
  variants: [
    'Variants that are kept',
    'on disk, up to `AURA_CACHE`',
    'public ones in the cache of each data centre; private ones in the memory of an isolate, 16 MB',
  ],
  purge: [
    'Derived bytes of a deleted image',
    'gone within a minute',
    'stay unreachable in caches until they expire',
  ],
  webhooks: [
    'Webhooks to private networks (`AURA_WEBHOOK_NETWORKS`)',
    'where allowed',
    'none: a Worker reaches public names over https only',
  ],
  retries: ['Retries of webhooks', 'on time, within seconds', 'within a minute of their time'],
  deletion: [
    'Images of a deleted project are removed',
    'at once',
    'within a minute, 200 at a time',
  ],
  usage: [
    'Usage is written',
    'every 2 seconds; bytes sent as far as the client read them',
    'every 10 seconds; an isolate that ends early loses its counts; bytes of whole responses',
  ],
  failures: [
    'Failed sign-ins in the audit log',
    'all, at most an entry in 15 minutes for a person',
    'the first at once; further ones of the 15 minutes may be missing',
  ],
  conflicts: [
    'Many changes of one image at once',
    'one after the other',
    'tried again when they meet; of dozens at once, some are 503',
  ],
  commands: [
    '`aura-server` commands: backup, move, reopen, sweep, rekey, people, reset-password, seed',
    'yes',
    '`move`, `rekey` and `reopen`; D1 has Time Travel, the dashboard makes projects and resets passwords',
  ],
  packages: [
    'Packages of earlier versions at `/packages`',
    'kept after an upgrade',
    'only the current one',
  ],
  slots: ['Concurrent uploads', '64 in each process', '8 in each isolate'],
} as const satisfies Record<string, readonly [what: string, node: string, worker: string]>;

/**
 * What workerd and the simulation of Cloudflare Images do differently than Cloudflare, on a developer's machine. The guide
 * says the same.
 */
export const SIMULATED = {
  effects: 'ignores crops, faces, colours and watermarks',
  quality: 'has one quality',
  animations: 'keeps one frame of an animation',
  gif: 'makes no GIF',
  decoding: 'refuses HEIC and many files with small defects',
  date: 'Responses have no `Date`',
} as const;

/** Whether the server of the tests differs from any that is deployed in this. */
export const isSimulated = (_what: keyof typeof SIMULATED): boolean => isWorker();

/** Whether the server of the tests differs from the Node server in this. */
export const differs = (_difference: keyof typeof DIFFERENCES): boolean => isWorker();
