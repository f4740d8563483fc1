import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { heading, median, ratio, rounded, table } from '../support/print.mjs';
import { uploadImage } from '../support/server.mjs';
import { fetchBytes, variantUrl } from '../support/variants.mjs';
import { requestsPerSecond } from '../support/wrk.mjs';

const ROUNDS = 5;
const SECONDS = 2;
const MANY = 32;
const VARIANT = { fmt: 'webp', w: 400, q: 80 };

/**
 * Measures a kept variant, compared with ipx, which makes it again, with nginx and the same bytes as a file, and, if
 * private, with a private master of the same bytes.
 *
 * @param {import('../transforms.mjs').Stage} stage
 */
export async function compareRepeated({ folder, photo, server, ipx, nginx, image }) {
  const variant = await fetchBytes(variantUrl(image, VARIANT));
  await writeFile(join(folder, 'files', 'variant.webp'), variant);
  const source = await uploadImage(server, new Uint8Array(await readFile(photo)), 'private');
  const master = await uploadImage(server, variant, 'private');
  const signed = new URL(await server.aura.getSignedUrl(source));
  const sides = {
    ipx: ipx.url('photo.jpg', VARIANT),
    nginx: nginx.openUrl('variant.webp'),
    'public variant': variantUrl(image, VARIANT),
    'private master': await server.aura.getSignedUrl(master),
    'private variant': `${variantUrl(signed.origin + signed.pathname, VARIANT)}&${signed.searchParams}`,
  };
  for (const url of Object.values(sides)) await fetchBytes(url);
  heading(`A variant asked for again (${(variant.length / 1000).toFixed(1)} KB)`);
  const one = await rates(sides, 1);
  const many = await rates(sides, MANY);
  const row = (/** @type {keyof typeof sides} */ name, /** @type {keyof typeof sides} */ base) => [
    name,
    (1000 / one[name]).toFixed(3),
    rounded(many[name]),
    base,
    (one[base] / one[name]).toPrecision(2),
    ratio(many[name] / many[base]),
  ];
  table([
    [
      '',
      'ms, 1 connection',
      `per second, ${MANY} connections`,
      'compared with',
      'time ratio',
      'throughput ratio',
    ],
    row('ipx', 'ipx'),
    row('nginx', 'nginx'),
    row('public variant', 'ipx'),
    row('public variant', 'nginx'),
    row('private master', 'private master'),
    row('private variant', 'private master'),
  ]);
}

/**
 * Requests per second, alternating.
 *
 * @template {string} Name
 * @param {Readonly<Record<Name, string>>} urls
 * @param {number} connections
 * @returns {Promise<Record<Name, number>>}
 */
async function rates(urls, connections) {
  const names = /** @type {Name[]} */ (Object.keys(urls));
  /** @type {Map<Name, number[]>} */
  const runs = new Map(names.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) {
      runs.get(name)?.push(await requestsPerSecond(urls[name], { connections, seconds: SECONDS }));
    }
  }
  return /** @type {Record<Name, number>} */ (
    Object.fromEntries([...runs].map(([name, measured]) => [name, median(measured)]))
  );
}
