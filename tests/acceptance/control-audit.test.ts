import { afterAll, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { deviceToken, openBrowser, signUp, turnOnSecondFactor } from '../harness/control.js';
import { resetPassword, startTestServer } from '../harness/server.js';
import { postUpload, upload } from '../harness/upload.js';
import { until } from '../heavy/support/until.js';
import { asBearer, asPerson } from './support/api-world.js';
import { ask, json } from './support/serve-request.js';
import { sign, uploadClaims } from './support/upload-tokens.js';

const server = await startTestServer({ env: { AURA_LOG_LEVEL: 'warn' } });
afterAll(() => server.kill());

interface Entry {
  readonly actor: { readonly kind: string; readonly name: string };
  readonly action: string;
  readonly project: string | null;
  readonly target: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  readonly address: string;
}

interface Described {
  readonly components: {
    readonly schemas: {
      readonly AuditEntry: { readonly properties: { action: { enum: readonly string[] } } };
    };
  };
}

/** Makes a change as an actor, from a separate address; returns the response. */
async function change(
  from: string,
  headers: Readonly<Record<string, string>>,
  method: string,
  path: string,
  body?: unknown,
): Promise<Record<string, string>> {
  const text = body === undefined ? '' : JSON.stringify(body);
  const fields = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) };
  const reply = await ask(server.url + path, {
    method,
    from,
    headers: { ...headers, ...(text !== '' && fields) },
    ...(text !== '' && { body: text }),
  });
  expect([path, reply.status < 300, `${reply.body}`.slice(0, 200)]).toMatchObject([path, true, {}]);
  return reply.body.length === 0 ? {} : (json(reply) as Record<string, string>);
}

const SIGN_IN = '/v1/auth/sign-in';

it('the audit log has every change once, with its actor and address', async () => {
  const owner = await signUp(server);
  const session = asPerson(server, owner);
  const token = await deviceToken(server, owner, 'a laptop');
  const cli = asBearer(token);
  const key = asBearer(server.credentials.secretKey);
  const { key: image } = await upload(server, await drawing(32, 32).png().toBuffer(), 'private');
  const other = openBrowser(server);
  const { email, password } = owner;
  await other.json('POST', SIGN_IN, { email, password });
  const { sessions } = await other.json<{ sessions: { id: string; current: boolean }[] }>(
    'GET',
    '/v1/auth/sessions',
  );
  const ended = sessions.find(({ current }) => current)?.id ?? '';

  const home = '127.50.0.1';
  const work = '127.50.0.2';
  const made = await change(home, session, 'POST', '/v1/auth/invitations', {
    email: 'x@y.example',
  });
  await change(work, cli, 'DELETE', `/v1/auth/invitations/${made['id']}`);
  await change(home, session, 'DELETE', `/v1/auth/sessions/${ended}`);
  await change(home, session, 'POST', '/v1/projects', { projectName: 'first-name' });
  const changes = {
    projectName: 'gallery',
    allowedOrigins: ['https://a.example'],
    quotaBytes: 5,
    unsignedTransforms: 'listed',
    masterMetadata: 'remove',
  };
  await change(work, cli, 'PATCH', '/v1/projects/first-name', changes);
  await change(work, cli, 'PATCH', '/v1/projects/gallery', changes); // changes nothing
  const gallery = '/v1/projects/gallery';
  const created = await change(home, session, 'POST', `${gallery}/secret-keys`, { name: 'server' });
  await change(home, session, 'POST', '/v1/sign', { projectName: 'my-app' }); // no change
  await change(work, cli, 'DELETE', `${gallery}/secret-keys/${created['id']}`);
  await change(home, session, 'POST', `${gallery}/serve-secret/rotate`, { graceSeconds: 60 });
  await change(work, cli, 'POST', `${gallery}/serve-secret/end-grace`);
  await change(work, cli, 'POST', `${gallery}/serve-secret/end-grace`); // no grace period: a read
  await change(home, session, 'GET', `${gallery}/serve-secret`);
  const preset = `${gallery}/presets/card`;
  await change(home, session, 'PUT', preset, { transform: 'w=640' });
  await change(home, session, 'PUT', preset, { transform: 'w=640' }); // changes nothing
  await change(work, cli, 'PUT', preset, { transform: 'w=640', open: true });
  await change(work, cli, 'DELETE', preset);
  // A project's log continues under its new name.
  const { entries } = await owner.json<{ entries: Entry[] }>('GET', `${gallery}/audit`);
  const names = entries.map(({ project }) => project);
  expect([names.length, names.at(-1), names[0]]).toEqual([15, 'first-name', 'gallery']);
  await change(home, session, 'DELETE', gallery, { confirm: 'gallery' });
  await change(home, session, 'PATCH', `/v1/images/my-app/${image}`, { name: 'a/new-name' });
  await change(work, cli, 'PATCH', '/v1/images/my-app/a/new-name', { metadata: { a: 'b' } });
  const focused = { focus: { x: 0.3, y: 0.7 } };
  await change(home, session, 'PATCH', '/v1/images/my-app/a/new-name', focused);
  await change(home, session, 'PATCH', '/v1/images/my-app/a/new-name', focused); // changes nothing
  const { projectName, secretKey } = server.credentials;
  const naming = uploadClaims({ projectName }, { name: 'a/new-name', overwrite: true });
  const bytes = await drawing(16, 16).png().toBuffer();
  expect((await postUpload(server.url, sign(naming, secretKey), bytes)).status).toBe(201);
  const at = '/v1/images/my-app/a/new-name';
  await change(work, key, 'PATCH', at, { visibility: 'public' });
  await change(home, session, 'PATCH', at, { visibility: 'private' });
  await change(work, cli, 'POST', `${at}/revoke-links`);
  await change(home, session, 'POST', '/v1/projects/my-app/recipients/revoke', { sub: 'ada' });
  await change(home, session, 'DELETE', at);
  const hooks = '/v1/projects/my-app/webhooks';
  const hook = await change(home, session, 'POST', hooks, { url: 'https://app.example/hook' });
  const hookAt = `${hooks}/${hook['id']}`;
  await change(work, cli, 'PATCH', hookAt, { types: ['image.deleted'] });
  await change(home, session, 'GET', `${hookAt}/secret`);
  await change(work, cli, 'POST', `${hookAt}/rotate-secret`, {});
  await change(home, session, 'POST', `${hookAt}/test`);
  await change(work, cli, 'DELETE', hookAt);
  const listener = await change(work, cli, 'POST', '/v1/projects/my-app/listeners');
  const newPassword = 'a new long password';
  const body = { currentPassword: password, newPassword };
  await change(home, session, 'POST', '/v1/auth/me/password', body);
  await change(work, cli, 'DELETE', '/v1/auth/cli-tokens/me');
  const { user_code: userCode } = await other.json('POST', '/v1/auth/device/code', { name: 'pad' });
  await change(home, session, 'POST', '/v1/auth/device/deny', { userCode });
  // At once: failures more than two seconds apart have two entries.
  await Promise.all(
    ['first wrong guess', 'second wrong guess'].map((guess) =>
      other.send('POST', SIGN_IN, { email, password: guess }),
    ),
  );
  await until('the entry of the failures', async () => {
    const { entries } = await owner.json<{ entries: Entry[] }>('GET', '/v1/audit?limit=1');
    return entries[0]?.action === 'account.sign_in_failed' ? true : null;
  });

  const again = { ...owner, password: newPassword };
  const { secret: factor, backupCodes } = await turnOnSecondFactor(again);
  const own = '/v1/auth/me/second-factor';
  const confirmed = (code = '') => ({ password: newPassword, code });
  const { backupCodes: renewed } = await owner.json<{ backupCodes: string[] }>(
    'POST',
    `${own}/backup-codes`,
    confirmed(backupCodes[0]),
  );
  await change(home, session, 'POST', `${own}/disable`, confirmed(renewed[0]));
  const { backupCodes: last } = await turnOnSecondFactor(again);
  await other.json('POST', SIGN_IN, { email, password: newPassword });
  await other.send('POST', `${SIGN_IN}/second-factor`, { code: 'none-such' });
  await other.json('POST', `${SIGN_IN}/second-factor`, { code: last[0] });
  await until('the entry of the wrong code', async () => {
    const { entries } = await owner.json<{ entries: Entry[] }>('GET', '/v1/audit?limit=1');
    return entries[0]?.action === 'account.second_factor_failed' ? true : null;
  });

  const resetLink = await resetPassword(server, email, '--remove-second-factor');
  const resetToken = new URL(resetLink).searchParams.get('token') ?? '';
  const lastPassword = 'the last long password';
  const back = openBrowser(server);
  const reset = { token: resetToken, password: lastPassword };
  await back.json('POST', '/v1/auth/password-resets/accept', reset);

  const page = await back.json<{ entries: Entry[]; cursor: null }>('GET', '/v1/audit?limit=200');
  expect(page.cursor).toBe(null);
  const told = page.entries.toReversed().map((entry) => {
    const { actor, action, project, target, address } = entry;
    return [action, actor.kind, actor.name, project, target, address];
  });
  const me = ['session', email];
  const tool = ['cli_token', email];
  const firstKey = ['upload_token', 'first key', 'my-app'];
  const local = '127.0.0.1';
  expect(told).toEqual([
    ['project.created', 'system', 'aura-server', 'my-app', 'my-app', ''],
    ['secret_key.created', 'system', 'aura-server', 'my-app', 'first key', ''],
    ['image.uploaded', ...firstKey, expect.stringContaining('northern-lights.jpg'), local],
    ['account.created', ...me, null, email, local],
    ['device.approved', ...me, null, 'a laptop', local],
    ['cli_token.created', ...me, null, 'a laptop', local],
    ['image.uploaded', ...firstKey, image, local],
    ['account.signed_in', ...me, null, email, local],
    ['invitation.created', ...me, null, 'x@y.example', home],
    ['invitation.revoked', ...tool, null, made['id'], work],
    ['session.revoked', ...me, null, ended, home],
    ['project.created', ...me, 'first-name', null, home],
    ['project.renamed', ...tool, 'first-name', null, work],
    ['project.origins_changed', ...tool, 'gallery', null, work],
    ['project.quota_changed', ...tool, 'gallery', null, work],
    ['project.transforms_changed', ...tool, 'gallery', null, work],
    ['project.metadata_changed', ...tool, 'gallery', null, work],
    ['secret_key.created', ...me, 'gallery', 'server', home],
    ['secret_key.revoked', ...tool, 'gallery', 'server', work],
    ['serve_secret.rotated', ...me, 'gallery', null, home],
    ['serve_secret.grace_ended', ...tool, 'gallery', null, work],
    ['serve_secret.read', ...tool, 'gallery', null, work],
    ['serve_secret.read', ...me, 'gallery', null, home],
    ['preset.created', ...me, 'gallery', 'card', home],
    ['preset.changed', ...tool, 'gallery', 'card', work],
    ['preset.deleted', ...tool, 'gallery', 'card', work],
    ['project.deleted', ...me, 'gallery', null, home],
    ['image.renamed', ...me, 'my-app', 'a/new-name', home],
    ['image.metadata_changed', ...tool, 'my-app', 'a/new-name', work],
    ['image.focus_changed', ...me, 'my-app', 'a/new-name', home],
    ['image.replaced', ...firstKey, 'a/new-name', local],
    ['image.visibility_changed', 'secret_key', 'first key', 'my-app', 'a/new-name', work],
    ['image.visibility_changed', ...me, 'my-app', 'a/new-name', home],
    ['image.links_revoked', ...tool, 'my-app', 'a/new-name', work],
    ['recipient.revoked', ...me, 'my-app', 'ada', home],
    ['image.deleted', ...me, 'my-app', 'a/new-name', home],
    ['webhook.created', ...me, 'my-app', 'app.example', home],
    ['webhook.changed', ...tool, 'my-app', 'app.example', work],
    ['webhook_secret.read', ...me, 'my-app', 'app.example', home],
    ['webhook_secret.rotated', ...tool, 'my-app', 'app.example', work],
    ['webhook.tested', ...me, 'my-app', 'app.example', home],
    ['webhook.deleted', ...tool, 'my-app', 'app.example', work],
    ['listener.created', ...tool, 'my-app', null, work],
    ['account.password_changed', ...me, null, null, home],
    ['cli_token.revoked', ...tool, null, 'a laptop', work],
    ['device.denied', ...me, null, 'pad', home],
    ['account.sign_in_failed', 'unauthenticated', email, null, email, local],
    ['account.second_factor_enabled', ...me, null, null, local],
    ['account.backup_codes_renewed', ...me, null, null, local],
    ['account.second_factor_disabled', ...me, null, null, home],
    ['account.second_factor_enabled', ...me, null, null, local],
    ['account.signed_in', ...me, null, email, local],
    ['account.second_factor_failed', 'unauthenticated', email, null, email, local],
    ['account.password_reset', 'system', 'aura-server', null, email, ''],
    ['account.second_factor_removed', 'system', 'aura-server', null, email, ''],
    ['account.password_set', ...me, null, null, local],
    ['account.signed_in', ...me, null, email, local],
  ]);
  const failed = page.entries.find(({ action }) => action === 'account.sign_in_failed');
  expect(failed?.details).toEqual({ attempts: 2 });

  const text = JSON.stringify(page);
  const secrets = [owner, back].flatMap((browser) => browser.cookies().map(([, value]) => value));
  const passwords = [password, newPassword, lastPassword];
  const codes = [factor, ...backupCodes, ...renewed, ...last];
  for (const secret of [
    token,
    ...codes,
    ...passwords,
    resetToken,
    created['secret'],
    listener['secret'],
    ...secrets,
  ]) {
    expect(text).not.toContain(secret);
  }
  const described = json(await ask(`${server.url}/openapi.json`)) as Described;
  const { enum: actions } = described.components.schemas.AuditEntry.properties.action;
  // The tests of members, people and the sign-in provider look for theirs, and the contract of webhooks for what
  // consumers cause.
  const elsewhere = /^(?:member|person)\.|^webhook\.(?:disabled|redelivered)$|\.provider_linked$/;
  const expected = actions.filter((action) => !elsewhere.test(action));
  expect([...new Set(told.map(([action]) => action))].toSorted()).toEqual(expected.toSorted());
});
