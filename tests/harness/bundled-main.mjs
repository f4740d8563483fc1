import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

// The main program beside a bundle, server.cjs: runs it with V8's code cache of it, server.cache, if there is one by
// now. With RECORD_CODE, it makes the cache once the server listens and has made an account, so that it has all that a
// first start compiles, and exits. (NODE_COMPILE_CACHE does this from Node 22 on.) V8 ignores a cache of another
// version.

const folder = fileURLToPath(new URL('.', import.meta.url));
const bundle = join(folder, 'server.cjs');
const cache = join(folder, 'server.cache');

// esbuild writes ASCII, but for comments. V8 keeps Latin-1 in one byte for each character.
const source = readFileSync(bundle, 'latin1');
const script = new Script(`(function (require, module, mainUrl) {${source}\n})`, {
  filename: bundle,
  cachedData: existsSync(cache) ? readFileSync(cache) : undefined,
});
script.runInThisContext()(createRequire(import.meta.url), { exports: {} }, import.meta.url);

if (process.env['RECORD_CODE'] === 'true') {
  process.stdout.write = (text) => {
    const url = /AuraImage listens on (\S+)/.exec(String(text))?.[1];
    if (url !== undefined) void record(url);
    return true;
  };
}

/** @param {string} url of this server */
async function record(url) {
  const link = readFileSync(join(process.env['AURA_DATA_DIR'] ?? '', 'setup-link.txt'), 'utf8');
  const token = /token=([\w-]+)/.exec(link)?.[1];
  const account = { token, email: 'owner@example.com', password: 'violet ladder quiet harbour' };
  const headers = { Origin: url, 'Content-Type': 'application/json' };
  const body = JSON.stringify(account);
  await fetch(`${url}/v1/auth/invitations/accept`, { method: 'POST', headers, body });
  writeFileSync(`${cache}.draft`, script.createCachedData());
  renameSync(`${cache}.draft`, cache);
  process.exit();
}
