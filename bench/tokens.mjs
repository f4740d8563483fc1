import { signServeToken, verifyServeToken } from '@auraimage/sdk/server';
import { heading, median, ratio, rounded, table } from './support/print.mjs';
import { signWithWebCrypto, verifyWithWebCrypto } from './support/webcrypto-tokens.mjs';

const ROUNDS = 7;
const MILLISECONDS = 500;
/** Calls between two reads of the clock. */
const BATCH = 100;

const SECRET = `psk_live_${'k'.repeat(32)}`;
const NOW = Math.floor(Date.now() / 1000);
/** Number of different tokens, used in rotation. */
const COUNT = 1024;
const NO_CLAIMS = { p: '', f: '', exp: 0, iat: 0 };

/**
 * Measures serve tokens signed and verified per second: the SDK's primitives, compared with WebCrypto that imports
 * its key on each call. First serial calls, as in a request, then 16 at once, because WebCrypto uses other threads.
 */
export async function benchTokens() {
  heading('Serve tokens (one process)');
  const rows = [];
  for (const atOnce of [1, 16]) {
    for (const [name, pair] of Object.entries(await makePairs())) {
      rows.push(await compare(name, atOnce, pair));
    }
  }
  const rates = ['SDK per second', 'WebCrypto per second', 'ratio'];
  table([['', 'concurrency', ...rates, 'SDK CPU µs', 'WebCrypto CPU µs'], ...rows]);
}

/**
 * @typedef {(at: number) => Promise<unknown>} Call its number makes each call's claims another one
 * @typedef {typeof NO_CLAIMS} Claims
 * @typedef {{ ours: Call, theirs: Call }} Pair
 */

/** @returns {Promise<Record<string, Pair>>} */
async function makePairs() {
  const claims = Array.from({ length: COUNT }, (_, at) => ({
    p: 'my-app',
    f: `abc123xyz0-photo-${at}.jpg`,
    exp: NOW + 3600,
    iat: NOW,
  }));
  const tokens = await Promise.all(claims.map((claim) => signServeToken(claim, SECRET)));
  await checkEach(claims, tokens);
  const claim = (/** @type {number} */ at) => claims[at % COUNT] ?? NO_CLAIMS;
  const token = (/** @type {number} */ at) => tokens[at % COUNT] ?? '';
  return {
    sign: {
      ours: (at) => signServeToken(claim(at), SECRET),
      theirs: (at) => signWithWebCrypto(claim(at), SECRET),
    },
    verify: {
      ours: (at) => verifyServeToken(token(at), SECRET, { image: imageOf(claim(at)), now: NOW }),
      theirs: (at) => verifyWithWebCrypto(token(at), claim(at), SECRET, NOW),
    },
  };
}

/** @param {Claims} claims */
function imageOf({ p, f }) {
  return { project: p, key: f };
}

/**
 * Checks that both sides do the same work, because the measured results are not checked.
 *
 * @param {readonly Claims[]} claims
 * @param {readonly string[]} tokens
 */
async function checkEach(claims, tokens) {
  for (const [at, claim] of claims.entries()) {
    const token = tokens[at] ?? '';
    const found = await verifyServeToken(token, SECRET, { image: imageOf(claim), now: NOW });
    const opens = await verifyWithWebCrypto(token, claim, SECRET, NOW);
    const same = token === (await signWithWebCrypto(claim, SECRET));
    if (found === null || !opens || !same) throw new Error(`the two sides differ on ${token}`);
  }
}

/**
 * @param {string} name
 * @param {number} atOnce
 * @param {Pair} pair
 */
async function compare(name, atOnce, { ours, theirs }) {
  await measure(ours, atOnce); // warm-up
  await measure(theirs, atOnce);
  /** @type {Measured[]} */
  const us = [];
  /** @type {Measured[]} */
  const them = [];
  for (let round = 0; round < ROUNDS; round++) {
    us.push(await measure(ours, atOnce));
    them.push(await measure(theirs, atOnce));
  }
  const rates = [us, them].map((runs) => median(runs.map(({ perSecond }) => perSecond)));
  const cpus = [us, them].map((runs) => median(runs.map(({ cpuMicros }) => cpuMicros)));
  const [mine = 0, base = 0] = rates;
  const times = ratio(mine / base);
  return [name, atOnce, ...rates.map(rounded), times, ...cpus.map((cpu) => cpu.toFixed(1))];
}

/** @typedef {{ perSecond: number, cpuMicros: number }} Measured processor time of all threads, a call */

/**
 * @param {Call} call
 * @param {number} atOnce
 * @returns {Promise<Measured>}
 */
async function measure(call, atOnce) {
  const cpu = process.cpuUsage();
  const started = performance.now();
  const end = started + MILLISECONDS;
  let calls = 0;
  const lane = async () => {
    do {
      for (let i = 0; i < BATCH; i++) await call(calls++);
    } while (performance.now() < end);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  const perSecond = (calls / (performance.now() - started)) * 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond, cpuMicros: (user + system) / calls };
}
