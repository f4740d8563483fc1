import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Authority, createAuthority } from './support/certificates.js';
import { createDesk, type Desk, newProject } from './support/cli.js';
import { runDoctor, some } from './support/cli-doctor.js';
import { forward } from './support/cli-proxy.js';

let desk: Desk;
let authority: Authority;
/** The environment of a job that has only a secret key. */
let ci: Readonly<Record<string, string>>;

beforeAll(async () => {
  [desk, authority] = await Promise.all([createDesk(), createAuthority()]);
  const { secretKey, projectName } = await desk.addProject(newProject('clinic'));
  ci = { AURA_TOKEN: secretKey, HOME: '/nonexistent', AURA_PROJECT: projectName };
});
afterAll(() => Promise.all([desk.close(), authority.close()]));

describe('aura doctor over TLS', () => {
  const host = 'localhost';
  type Options = Parameters<Authority['serve']>[0];
  const certificates: [string, Options, cause: RegExp, fix: RegExp, isTrusted?: boolean][] = [
    ['a self-signed one', { host, selfSigned: true }, /is self-signed/, /NODE_EXTRA_CA_CERTS/],
    ['its authority', { host, withAuthority: true }, /not know \(Test Authority\)/, /_CA_CERTS/],
    ['a part of the chain', { host }, /leads to no authority/, /fullchain\.pem/],
    ['an expired one', { host, from: -30, until: -2 }, /has expired, on 20\d\d-/, /Renew/, true],
    ['one of tomorrow', { host, from: 1 }, /not valid yet, but from 20\d\d-/, /clock/, true],
    ['that of another host', { host: 'other.example' }, /but for other\.example/, /names/, true],
    ['no TLS at all', null, /does not speak TLS on this port/, /http:/],
  ];
  it.each(some(certificates))(
    'names the cause and the fix where the server has %s',
    async (_what, certificate, cause, fix, isTrusted) => {
      const AURA_API_URL = await authority.serve(certificate);
      const trust = isTrusted ? { NODE_EXTRA_CA_CERTS: authority.path } : {};
      const { exit, checks } = await runDoctor(desk, [], { ...ci, AURA_API_URL, ...trust });
      expect(exit).toBe(1);
      // Nothing else can work: one cause, one line.
      expect(checks).toMatchObject([{ id: 'tls', status: 'fail' }]);
      expect(checks[0]?.text).toMatch(cause);
      expect(checks[0]?.fix).toMatch(fix);
    },
  );

  it('is named by every other command as well', async () => {
    const AURA_API_URL = await authority.serve({ host: 'localhost', selfSigned: true });
    const { exit, err } = await desk.aura(['ls'], { env: { ...ci, AURA_API_URL } });
    expect(exit).toBe(1);
    expect(err).toMatch(
      /self-signed[\s\S]*\(DEPTH_ZERO_SELF_SIGNED_CERT\)[\s\S]*NODE_EXTRA_CA_CERTS/,
    );
  });

  it('passes with a certificate that this machine trusts, and says when to renew it', async () => {
    const proxied = (until: number) =>
      authority.serve({ host: 'localhost', until }, (incoming, outgoing) => {
        forward(desk.server.url, incoming, outgoing).catch(() => outgoing.destroy());
      });
    const env = { ...ci, NODE_EXTRA_CA_CERTS: authority.path };
    const good = await runDoctor(desk, [], { ...env, AURA_API_URL: await proxied(90) });
    expect(good.find('tls')).toMatchObject({ status: 'ok' });
    expect(good.find('tls')?.text).toMatch(/valid for (?:89|90) more days/);
    expect(good.find('removed')).toMatchObject({ status: 'ok' });
    expect(good.exit).toBe(0);
    // The address of the API is checked as well where it is another.
    const soon = { AURA_API_URL: await proxied(5), AURA_CDN_URL: desk.server.url };
    const { exit, find } = await runDoctor(desk, [], { ...env, ...soon });
    expect(find('tls')).toMatchObject({ status: 'ok' });
    expect(find('tls_api')).toMatchObject({ status: 'warn', fix: 'Renew it now.' });
    expect(exit).toBe(0);
  });
});
