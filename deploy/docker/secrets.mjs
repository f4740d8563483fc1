import { randomBytes } from 'node:crypto';

// Prints the environment file of compose.yaml with new secrets: node secrets.mjs https://cdn.example > .env
// Run it once and keep its output: without AURA_MASTER_KEY, the projects' secrets cannot be decrypted.

const [publicUrl] = process.argv.slice(2);
if (publicUrl === undefined || !/^https?:\/\/[^/]+$/.test(publicUrl)) {
  process.stderr.write('Usage: node secrets.mjs https://cdn.example > .env\n');
  process.exit(1);
}
const secret = (/** @type {number} */ bytes) => randomBytes(bytes).toString('hex');

process.stdout.write(`AURA_PUBLIC_URL=${publicUrl}
AURA_MASTER_KEY=${secret(32)}
AURA_METRICS_TOKEN=${secret(24)}
POSTGRES_PASSWORD=${secret(24)}
S3_ACCESS_KEY_ID=GK${secret(12)}
S3_SECRET_ACCESS_KEY=${secret(32)}
S3_RPC_SECRET=${secret(32)}
`);
