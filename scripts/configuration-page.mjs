import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { GROUPS } from '@auraimage/host';
import { SETTINGS } from '../apps/node/dist/config/settings.js';
import { markdownTable } from './markdown-table.mjs';

// Makes docs/reference/configuration.md from the table of settings and the texts below. `npm run docs` writes it,
// check-docs.mjs compares it.

const FILE = fileURLToPath(new URL('../docs/reference/configuration.md', import.meta.url));

/** @type {Record<keyof typeof GROUPS, string>} */
const PROSE = {
  process: `
\`AURA_WORKERS\` runs several processes on one port. The cache and the image jobs are those of the machine. Each process has its own connections of clients, uploads in progress and \`connections\` of \`AURA_DATABASE_URL\`. [Several servers](../operate/several-servers.md) explains what processes and servers share.
`,
  data: `
Without \`AURA_DATABASE_URL\` and \`AURA_STORAGE\`, everything is in \`AURA_DATA_DIR\`.

- [PostgreSQL](../operate/postgres.md): the parameters of the URL, and what happens when the database is down.
- [A bucket](../operate/s3.md): examples, what happens when the store is down, and what it costs.
- [Moving](../operate/moving.md) explains how rows and images get there, [Backup and restore](../operate/backup.md) what to keep.

### Change the master key

Stop every server that uses the data, then run:

\`\`\`sh
aura-server rekey
\`\`\`

It encrypts every secret again and writes the new key to \`master.key\`. If the old key was in \`AURA_MASTER_KEY\`, remove that variable. To keep the new key yourself, write it to a file that only you can read, run \`aura-server rekey --new-key-file FILE\`, and set \`AURA_MASTER_KEY\` to it from then on; the key file in the data folder is removed. The command is refused while a server is running. If it is interrupted at any moment, one of the two keys opens the database, and the next start finds it. Backups from before open with the old key only: keep it as long as you keep them. For a Worker, see [its guide](../guides/cloudflare-workers.md#change-the-master-key).

### More projects

\`aura-server seed --project NAME\` creates a project in the first account and prints its \`.env\` block, secrets included, to standard output: run it yourself, not as a service whose output is logged. A server may be running. \`--origin https://app.example\` allows uploads from browsers on that origin only (repeat it for more), and \`--quota 10gb\` limits the storage of its images. From a clone: \`npm start -- seed --project NAME\`.
`,
  addresses: `
### Behind a proxy

Set \`AURA_PUBLIC_URL\` to the address that clients use: the dashboard works at that address only.

Set \`AURA_TRUSTED_PROXIES\` to the addresses that the proxy's requests come from: \`127.0.0.1\` for a proxy on the same machine, a range such as \`10.0.0.0/8\`, or \`loopback\`, \`linklocal\` and \`uniquelocal\`. Sign-in attempts, upload limits and the audit log use the client's address, which is the last one in \`X-Forwarded-For\` that is not a trusted proxy. Without this setting every client has the proxy's address, and thirty wrong passwords from anywhere lock everybody out for a quarter of an hour, except in [browsers that have signed in before](../start/dashboard.md#wrong-passwords).

List only proxies that append to \`X-Forwarded-For\` or overwrite it: any other listed machine can claim any address.

[Behind a proxy, a cache or a CDN](../operate/behind-a-proxy.md) explains what to configure there, and [deploy/](../../deploy/README.md) has working configurations.

### Two hosts for pictures and dashboard

With \`AURA_CDN_URL\` and \`AURA_APP_URL\` on different hosts (or one of them next to \`AURA_PUBLIC_URL\`), each host answers its own paths only, on the same port:

- the CDN's host: images, \`/v1/blurhash/…\`, \`/v1/upload\`, \`/v1/telemetry\`, \`/.well-known/aura-keys.json\`;
- the app's host: \`/dashboard\`, \`/device\`, \`/docs\`, \`/llms.txt\`, \`/registry\`, \`/openapi.json\` and the rest of the API.

What the SDK does with a secret key works on both, because it knows \`cdnUrl\` only: \`/v1/images/…\`, \`/v1/masters/…\` and the list of a project's images. So do the [packages](packages.md) at \`/packages\`. \`/health\`, \`/ready\` and \`/metrics\` work on any host, because load balancers address machines directly. Requests that name any other host get 421, so a proxy in front must pass \`Host\` on unchanged. The session cookie belongs to the app's host and is never sent to the CDN's.

On a single host, an uploaded file cannot act as the dashboard either: images are sent with a sandboxing policy and the type of their bytes, and the cookie is sent to \`/v1\` only.
`,
  'sign-in': `
### The first account

While nobody has an account, every start shows a link to \`/dashboard/setup\`. It works for a day and until the next start (with \`AURA_DATABASE_URL\`: until another server's link is used). Whoever opens it creates the first account, an administrator, who owns the first project.

A script sends the token of the link, which is in \`setup-link.txt\` in the data folder where there is no terminal:

\`\`\`sh
token=$(sed -n 's/.*token=//p' aura-data/setup-link.txt)
curl --fail --json @- http://localhost:8787/v1/auth/invitations/accept <<END
{ "token": "$token", "email": "ada@example.com", "password": "$PASSWORD" }
END
\`\`\`

### A second factor

A second factor needs no setting: [Sign-in](../operate/sign-in.md).
`,
  uploads: `
An upload may take five minutes; with a larger \`AURA_MAX_UPLOAD_SIZE\`, the time that the largest file takes at 128 KB a second, an hour at most. [Bounds](../operate/operations.md#bounds) has the limits that need no setting.
`,
  variants: '',
  observability: `
The names that begin with \`OTEL_\` are OpenTelemetry's own. Its library reads further ones, such as \`OTEL_SERVICE_NAME\` (\`auraimage\` by default), \`OTEL_RESOURCE_ATTRIBUTES\` and \`OTEL_EXPORTER_OTLP_HEADERS\`.

### Metrics

\`/metrics\` answers requests that send \`Authorization: Bearer\` with \`AURA_METRICS_TOKEN\`, from any network. Without that variable it answers clients on this machine, and only while none of \`AURA_PUBLIC_URL\`, \`AURA_CDN_URL\` and \`AURA_APP_URL\` is set: a proxy on the machine is such a client, whoever asks the proxy. Everybody else gets 404. [Operations](../operate/operations.md) describes the metrics.
`,
};

/** Problems of the document; empty if it is up to date. */
export function configurationProblems() {
  const shown = existsSync(FILE) ? readFileSync(FILE, 'utf8') : '';
  return shown === page() ? [] : ['docs/reference/configuration.md is out of date: npm run docs'];
}

function page() {
  const groups = Object.entries(GROUPS).map(
    ([group, title]) =>
      `\n## ${title}\n\n${table(group)}${PROSE[/** @type {keyof typeof GROUPS} */ (group)]}`,
  );
  return `# Configuration

<!-- Made by scripts/configuration-page.mjs from apps/node/src/config/settings.ts: npm run docs -->

The server reads its settings from environment variables at start. If any are wrong, it does not start and prints a line for each: what it got, what is allowed and what to do. Empty variables count as not set.

Sizes are bytes or a number with \`kb\`, \`mb\` or \`gb\` (1024-based). Times are whole seconds.
${groups.join('')}`;
}

/** @param {string} group */
function table(group) {
  const rows = Object.values(SETTINGS)
    .filter((setting) => setting.group === group)
    .map((setting) => [
      `\`${setting.name}\``,
      defaultOf(setting),
      allowedOf(setting),
      setting.description,
    ]);
  return markdownTable(['Variable', 'Default', 'Allowed', 'Meaning'], rows);
}

/** @param {{ default?: string, defaultText?: string }} setting */
function defaultOf({ default: value, defaultText }) {
  return defaultText ?? (value === undefined ? '' : `\`${value}\``);
}

/** @param {{ type: { allowed: string }, example?: string, secret?: boolean }} setting */
function allowedOf({ type: { allowed }, example }) {
  return `${allowed}${example === undefined ? '' : `, such as \`${example}\``}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, page());
