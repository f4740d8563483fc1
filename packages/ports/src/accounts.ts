/** A bearer token of the command line, the token itself left out. */
export interface CliToken {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  /** The last four characters of the token. */
  readonly lastFour: string;
  /** Unix milliseconds, as all times here. */
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
}

/** Tokens of the command line. Kept as hashes. */
export interface CliTokens {
  create(token: {
    readonly userId: string;
    readonly name: string;
    readonly token: string;
  }): Promise<CliToken>;
  /** Finds by the whole token, and notes the use to the minute. */
  find(token: string): Promise<CliToken | null>;
  /** Newest first. */
  list(userId: string): Promise<readonly CliToken[]>;
  /** Resolves with `false` when the user has no token of that id. */
  revoke(userId: string, id: string): Promise<boolean>;
}

/** A link that makes one user. */
export interface Invitation {
  readonly id: string;
  /** `setup` makes the first user, of the account that the first start made. */
  readonly kind: 'setup' | 'invitation';
  /** The account that the user will belong to; `null`: one of their own. */
  readonly accountId: string | null;
  /** The account that invited. */
  readonly invitedBy: string | null;
  /** The one email that it is for, or `null` for any. */
  readonly email: string | null;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Invitations. Their tokens are kept as hashes. */
export interface Invitations {
  create(
    invitation: Omit<Invitation, 'id' | 'createdAt'> & { readonly token: string },
  ): Promise<Invitation>;
  /** An open one: not used, not revoked, not expired. */
  find(token: string): Promise<Invitation | null>;
  /** Uses an open one up, once, whoever asks at the same time. Resolves with `false` when it is not open. */
  use(id: string): Promise<boolean>;
  /** Opens one again whose use came to nothing. */
  release(id: string): Promise<void>;
  /** Open ones of kind `invitation` that the account made, newest first. */
  list(invitedBy: string): Promise<readonly Invitation[]>;
  revoke(invitedBy: string, id: string): Promise<boolean>;
  /** Ends every open set-up link: a new one is about to be made. */
  endSetup(): Promise<void>;
}
