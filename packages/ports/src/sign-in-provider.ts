/** A person, as the provider at which they have signed in describes them. */
export interface ProviderProfile {
  readonly account: ProviderAccount;
  /** `null` if the provider tells none. */
  readonly email: string | null;
  /** Whether the provider has verified that the email is the person's. */
  readonly emailVerified: boolean;
  readonly name: string | null;
}

/** A person's account at a provider. It never changes, unlike the email. */
export interface ProviderAccount {
  readonly issuer: string;
  /** Unique for the issuer. */
  readonly subject: string;
}

export type ProviderOutcome =
  | { readonly status: 'signed_in'; readonly profile: ProviderProfile; readonly note: string }
  /** The browser did not begin this sign-in, or more than ten minutes ago, or it has ended before. */
  | { readonly status: 'expired' }
  /** The provider's own error code, such as `access_denied` (RFC 6749 §4.1.2.1). */
  | { readonly status: 'refused'; readonly reason: string; readonly note: string };

/** A provider at which people sign in instead of with a password. */
export interface SignInProvider {
  /** For the button. */
  readonly name: string;
  readonly issuer: string;
  /** Whether a person with this email, in lower case, may make an account without an invitation. */
  admits(email: string): boolean;
  /**
   * Begins a sign-in.
   *
   * @param note letters, digits, `-` and `_`, up to 100; {@link SignInProvider.finish} returns it
   * @returns the address to send the browser to, and a text that the browser keeps
   * @throws when the provider cannot be reached
   */
  begin(note: string): Promise<{ readonly url: string; readonly flow: string }>;
  /**
   * Ends a sign-in.
   *
   * @param flow what the browser has kept
   * @param query the query with which the provider has sent the browser back
   * @throws when the provider cannot be reached, or its response proves nothing
   */
  finish(flow: string, query: string): Promise<ProviderOutcome>;
}
