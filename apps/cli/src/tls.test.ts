import { describe, expect, it } from 'vitest';
import { tlsProblem } from './tls.js';

describe('tlsProblem', () => {
  it.each([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /self-signed/, /NODE_EXTRA_CA_CERTS/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /does not know/, /NODE_EXTRA_CA_CERTS/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /no authority/, /fullchain\.pem/],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /no authority/, /fullchain\.pem/],
    ['CERT_HAS_EXPIRED', /has expired$/, /Renew/],
    ['CERT_NOT_YET_VALID', /not valid yet$/, /clock/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /not for images\.example$/, /names this host/],
    ['CERT_REVOKED', /revoked/, /new one/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /does not speak TLS/, /http:/],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', /agree on no/, /TLS 1\.2/],
  ])('says what %s means, and what to do', (code, text, fix) => {
    const problem = tlsProblem(code, 'images.example');
    expect(problem?.text).toMatch(text);
    expect(problem?.text).toContain('images.example');
    expect(problem?.fix).toMatch(fix);
  });

  it.each(['ECONNREFUSED', 'ENOTFOUND', 'ECONNRESET', ''])('leaves %j to others', (code) => {
    expect(tlsProblem(code, 'images.example')).toBeNull();
  });

  it('tells what the certificate says, without what a screen would obey', () => {
    const facts = { subjectaltname: 'DNS:a.example, DNS:\u001b[2Jb.example' };
    const text = tlsProblem('ERR_TLS_CERT_ALTNAME_INVALID', 'images.example', facts)?.text;
    expect(text).toBe(
      'The certificate is not for images.example, but for a.example, \ufffd[2Jb.example',
    );
    const expired = { valid_to: 'Nov  1 00:00:00 2026 GMT' };
    expect(tlsProblem('CERT_HAS_EXPIRED', 'images.example', expired)?.text).toContain('2026-11-01');
  });
});
