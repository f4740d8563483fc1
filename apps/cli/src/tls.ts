import { isIP } from 'node:net';
import { connect, type PeerCertificate } from 'node:tls';
import { printable } from './output.js';

const TIMEOUT_MS = 10_000;

/** Why a TLS connection to a server cannot be used. */
export interface TlsProblem {
  /** The system's code, such as `CERT_HAS_EXPIRED`. */
  readonly code: string;
  /** One sentence without a full stop. */
  readonly text: string;
  /** What to do about it. */
  readonly fix: string;
}

/** What the certificate says of itself; empty where the connection failed before it came. */
type CertificateFacts = Partial<
  Pick<PeerCertificate, 'subject' | 'issuer' | 'subjectaltname' | 'valid_from' | 'valid_to'>
>;

const OWN_AUTHORITY =
  'If that is meant, let this machine trust it: NODE_EXTRA_CA_CERTS=/path/to/ca.pem.';

/** Codes of OpenSSL's verification and of Node, by what they mean. */
const PROBLEMS: readonly {
  readonly codes: RegExp;
  readonly text: (host: string, facts: CertificateFacts) => string;
  readonly fix: string;
}[] = [
  {
    codes: /^DEPTH_ZERO_SELF_SIGNED_CERT$/,
    text: (host) => `The certificate of ${host} is self-signed: no authority vouches for it`,
    fix: `Get one of a public authority, such as Let's Encrypt; Caddy does so by itself. ${OWN_AUTHORITY}`,
  },
  {
    codes: /^(?:SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT)$/,
    text: (host, facts) =>
      `The certificate of ${host} is from an authority that this machine does not know${issuerOf(facts)}`,
    fix: `Get one of a public authority, such as Let's Encrypt. ${OWN_AUTHORITY}`,
  },
  {
    codes: /^(?:UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY)$/,
    text: (host, facts) =>
      `The certificate of ${host} leads to no authority that this machine knows${issuerOf(facts)}`,
    fix: `Let the server send its whole chain (fullchain.pem), with the intermediate certificates. If the authority is your own: NODE_EXTRA_CA_CERTS=/path/to/ca.pem.`,
  },
  {
    codes: /^CERT_HAS_EXPIRED$/,
    text: (host, { valid_to }) =>
      `The certificate of ${host} has expired${valid_to === undefined ? '' : `, on ${dayOf(valid_to)}`}`,
    fix: "Renew it, let the server load the new one, and check this machine's clock.",
  },
  {
    codes: /^CERT_NOT_YET_VALID$/,
    text: (host, { valid_from }) =>
      `The certificate of ${host} is not valid yet${valid_from === undefined ? '' : `, but from ${dayOf(valid_from)}`}`,
    fix: "Check this machine's clock, and the one of the machine that made the certificate.",
  },
  {
    codes: /^(?:ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/,
    text: (host, facts) => `The certificate is not for ${host}${namesOf(facts)}`,
    fix: 'Get a certificate that names this host, or use an address that the certificate names.',
  },
  {
    codes: /^CERT_REVOKED$/,
    text: (host) => `The certificate of ${host} was revoked`,
    fix: 'Get a new one.',
  },
  {
    codes: /^(?:ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG|ERR_SSL_HTTP_REQUEST)$/,
    text: (host) => `${host} does not speak TLS on this port`,
    fix: 'Use the port on which the proxy serves TLS; or http:// for a server on this machine.',
  },
  {
    codes: /^(?:ERR_SSL_|EPROTO$|ERR_TLS_)/,
    text: (host) => `${host} and this machine agree on no TLS connection`,
    fix: 'Let the server offer TLS 1.2 or 1.3.',
  },
];

/**
 * What a code of a failed TLS connection means; `null` for codes of other failures, such as `ECONNREFUSED`.
 *
 * @example
 * tlsProblem('CERT_HAS_EXPIRED', 'images.example')?.text; // "The certificate of images.example has expired"
 */
export function tlsProblem(
  code: string,
  host: string,
  facts: CertificateFacts = {},
): TlsProblem | null {
  const found = PROBLEMS.find(({ codes }) => codes.test(code));
  return found === undefined ? null : { code, text: found.text(host, facts), fix: found.fix };
}

export type TlsOutcome =
  | { readonly kind: 'valid'; readonly expiresAt: number }
  | { readonly kind: 'problem'; readonly problem: TlsProblem }
  /** No TLS connection came about: `code` says why, if the system does. */
  | { readonly kind: 'unreachable'; readonly code: string };

/**
 * Connects to a server and judges its certificate as requests do. A wrong one is read as well, to name what it says:
 * nothing is sent over that connection.
 *
 * @param host name or address, IPv6 without brackets
 */
export function probeTls(host: string, port: number): Promise<TlsOutcome> {
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port,
      timeout: TIMEOUT_MS,
      rejectUnauthorized: false,
      // RFC 6066 §3: an address is no server name.
      ...(isIP(host) === 0 ? { servername: host } : {}),
    });
    const end = (outcome: TlsOutcome) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerCertificate();
      if (socket.authorized) {
        end({ kind: 'valid', expiresAt: Date.parse(certificate.valid_to) });
        return;
      }
      const code = String(codeOf(socket.authorizationError) || socket.authorizationError);
      end(outcomeOf(code, host, certificate));
    });
    socket.once('timeout', () => end({ kind: 'unreachable', code: 'ETIMEDOUT' }));
    socket.once('error', (error) => end(outcomeOf(codeOf(error), host)));
  });
}

function outcomeOf(code: string, host: string, facts: CertificateFacts = {}): TlsOutcome {
  const problem = tlsProblem(code, host, facts);
  return problem === null ? { kind: 'unreachable', code } : { kind: 'problem', problem };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

const MAX_SHOWN = 100;

function issuerOf({ issuer }: CertificateFacts): string {
  const name = issuer?.CN ?? issuer?.O;
  return name === undefined ? '' : ` (${shown(String(name))})`;
}

function namesOf({ subjectaltname, subject }: CertificateFacts): string {
  const names = subjectaltname?.replaceAll(/(?:DNS|IP Address):/g, '') ?? subject?.CN;
  return names === undefined ? '' : `, but for ${shown(String(names))}`;
}

/** A certificate can say anything, and a screen shows control characters. */
function shown(text: string): string {
  return printable(text).slice(0, MAX_SHOWN);
}

function dayOf(date: string): string {
  const time = Date.parse(date);
  return Number.isNaN(time) ? shown(date) : new Date(time).toISOString().slice(0, 10);
}
