import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { inTime, type ProviderProfile, type SignInProvider } from '@auraimage/ports';
import type { ClientAuth, Configuration, CustomFetch } from 'openid-client';

/** Time for a sign-in at the provider. */
const FLOW_MS = 10 * 60_000;
/** After this time, the discovery document is fetched again. */
const DISCOVERY_MS = 3_600_000;
/** Time for each request to the provider, in seconds. */
const TIMEOUT_SECONDS = 10;
/** Largest response of the provider: documents with keys have a few kilobytes. */
const MAX_RESPONSE_BYTES = 256 * 1024;

const FLOW = /^[\w-]{43}\.(\d{1,16})\.([\w-]{0,100})$/;
/** Error codes of RFC 6749 and OpenID Connect. Anything else is not shown to anybody. */
const ERROR_CODE = /^[a-z_]{1,60}$/;

export interface OpenIdProviderOptions {
  /** URL of the provider, without `/.well-known/openid-configuration`. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where the provider sends the browser back to. */
  readonly redirectUri: string;
  /** Domains, or whole emails, in lower case, of people who may make an account without an invitation. */
  readonly emails: readonly string[];
  /** Secret from which the keys of flows derive: the same on all servers. */
  readonly secret: Uint8Array;
}

/**
 * Sign-in with OpenID Connect: authorization code, PKCE, state and nonce. The signature of every ID token is verified
 * with the keys of the issuer. No row is kept: state, nonce and code verifier derive from a random text that the
 * browser keeps.
 *
 * @example
 * const provider = createOpenIdProvider({ issuer: 'https://accounts.example', …, emails: ['example.com'] });
 * const { url, flow } = await provider.begin('');
 */
export function createOpenIdProvider({
  issuer,
  clientId,
  clientSecret,
  redirectUri,
  emails,
  secret,
}: OpenIdProviderOptions): SignInProvider {
  const server = new URL(issuer);
  const key = Buffer.from(hkdfSync('sha256', secret, '', `openid ${issuer}`, 32));
  const derive = (flow: string) => {
    const of = (use: string) =>
      createHmac('sha256', key).update(`${use} ${flow}`).digest('base64url');
    return { state: of('state'), nonce: of('nonce'), verifier: of('verifier') };
  };

  let found: { until: number; readonly opened: Promise<Opened> } | undefined;

  /** The provider's configuration, by one request of many that need it. */
  const open = (): Promise<Opened> => {
    if (found === undefined || found.until <= Date.now()) {
      // Not for longer before it is there: in a Worker, it never ends if the runtime ends the request that has begun it.
      const asked = { until: Date.now() + TIMEOUT_SECONDS * 1000, opened: discover() };
      found = asked;
      asked.opened.then(
        () => {
          asked.until = Date.now() + DISCOVERY_MS;
        },
        () => {
          if (found === asked) found = undefined;
        },
      );
    }
    return inTime(
      found.opened,
      TIMEOUT_SECONDS * 1000,
      () => new Error('its discovery document did not come in time'),
    );
  };

  async function discover() {
    const oidc = await import('openid-client');
    const authenticate: ClientAuth = (as, ...rest) => {
      const methods = as.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
      const isBasic = methods.includes('client_secret_basic');
      const method = isBasic ? oidc.ClientSecretBasic : oidc.ClientSecretPost;
      return method(clientSecret)(as, ...rest);
    };
    const config = await oidc.discovery(server, clientId, undefined, authenticate, {
      timeout: TIMEOUT_SECONDS,
      [oidc.customFetch]: boundedFetch,
      execute: [
        // Otherwise TLS alone would prove who issued an ID token.
        oidc.enableNonRepudiationChecks,
        // The settings allow http on this machine only.
        ...(server.protocol === 'http:' ? [oidc.allowInsecureRequests] : []),
      ],
    });
    return { oidc, config };
  }

  return {
    name: server.host,
    issuer: server.href,

    admits: (email) =>
      emails.includes(email) || emails.includes(email.slice(email.indexOf('@') + 1)),

    async begin(note) {
      const { oidc, config } = await open().catch(throwPlain);
      const random = randomBytes(32).toString('base64url');
      const flow = `${random}.${Date.now() + FLOW_MS}.${note}`;
      const { state, nonce, verifier } = derive(flow);
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: 'openid email profile',
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      });
      return { url: url.href, flow };
    },

    async finish(flow, query) {
      const [, expiry, note = ''] = FLOW.exec(flow) ?? [];
      if (expiry === undefined || Number(expiry) <= Date.now()) return { status: 'expired' };
      const { state, nonce, verifier } = derive(flow);
      const url = new URL(redirectUri);
      url.search = query;
      if (url.searchParams.get('state') !== state) return { status: 'expired' };
      const { oidc, config } = await open().catch(throwPlain);
      try {
        const tokens = await oidc.authorizationCodeGrant(config, url, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (claims === undefined) throw new Error('the provider sent no ID token');
        const { sub } = claims;
        const facts =
          claims['email'] === undefined && config.serverMetadata().userinfo_endpoint !== undefined
            ? await oidc.fetchUserInfo(config, tokens.access_token, sub)
            : claims;
        return { status: 'signed_in', note, profile: profileOf(server.href, sub, facts) };
      } catch (error) {
        // The code was used, has expired, or belongs to another sign-in.
        if (error instanceof oidc.ResponseBodyError && error.error === 'invalid_grant') {
          return { status: 'expired' };
        }
        if (!(error instanceof oidc.AuthorizationResponseError)) return throwPlain(error);
        const reason = ERROR_CODE.test(error.error) ? error.error : 'unknown_error';
        return { status: 'refused', reason, note };
      }
    },
  };
}

type Opened = {
  readonly oidc: typeof import('openid-client');
  readonly config: Configuration;
};

/** Throws without the cause, which can contain tokens and claims. */
function throwPlain(error: unknown): never {
  const {
    message = 'failed',
    code = 'unknown',
    error: own = '',
  } = Object(error) as Partial<Record<'message' | 'code' | 'error', string>>;
  const reason = ERROR_CODE.test(own) ? own : code;
  throw new Error(`sign-in provider: ${message} (${reason})`);
}

/** @param facts claims of the ID token, or the response of the userinfo endpoint, but never some of each */
function profileOf(
  issuer: string,
  subject: string,
  { email, email_verified: verified, name }: Readonly<Record<string, unknown>>,
): ProviderProfile {
  return {
    account: { issuer, subject },
    email: typeof email === 'string' ? email : null,
    // Some providers send a text.
    emailVerified: verified === true || verified === 'true',
    name: typeof name === 'string' && name.trim() !== '' ? name.trim().slice(0, 100) : null,
  };
}

/** A redirect is not followed: openid-client asks for that, and refuses it. */
const boundedFetch: CustomFetch = async (url, options) => {
  const response = await fetch(url, options as RequestInit);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_RESPONSE_BYTES) throw new Error('the response of the provider is too large');
    chunks.push(chunk);
  }
  const { status, headers } = response;
  const hasBody = ![204, 205, 304].includes(status);
  return new Response(hasBody ? Buffer.concat(chunks) : null, { status, headers });
};
