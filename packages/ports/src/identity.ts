/** A person who can sign in. */
export interface User {
  readonly id: string;
  readonly accountId: string;
  readonly email: string;
  readonly name: string;
  /** The first user is `admin`, who invites users and sets quotas. */
  readonly role: 'admin' | 'member';
}

export interface NewUser {
  readonly accountId: string;
  /** In lower case. */
  readonly email: string;
  readonly name: string;
  readonly password: string;
  readonly role: User['role'];
}

/** The client of a request. */
export interface ClientInfo {
  /** Network address. */
  readonly address: string;
  readonly userAgent: string;
}

/** Times are Unix milliseconds. */
export interface Session {
  readonly id: string;
  readonly userId: string;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly expiresAt: number;
  readonly address: string;
  readonly userAgent: string;
}

/** A new session with its token. The browser keeps the token; the server keeps only its hash. */
export interface NewSession {
  readonly token: string;
  readonly session: Session;
  readonly user: User;
}

/** A device authorization request (RFC 8628). Times are Unix milliseconds. */
export interface DeviceRequest {
  /** The name that the device claims. */
  readonly name: string;
  /** Network address of the device. */
  readonly address: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface NewDeviceRequest {
  readonly deviceCode: string;
  /** Eight characters of an unambiguous alphabet, without a dash. */
  readonly userCode: string;
  /** Seconds. */
  readonly expiresIn: number;
  /** Least seconds between two polls. */
  readonly interval: number;
}

export type DevicePoll =
  | {
      readonly status: 'approved';
      readonly user: User;
      readonly name: string;
      /** Unix milliseconds; `null`: never. */
      readonly tokenExpiresAt: number | null;
      /** How often all of the user's credentials had been ended at the approval. */
      readonly credentialResets: number;
    }
  | { readonly status: 'pending' | 'denied' | 'expired' }
  | { readonly status: 'slow_down'; readonly interval: number };

/** The answer to a device: no, or a token that expires at a time in Unix milliseconds, or never (`null`). */
export type DeviceDecision = 'deny' | { readonly tokenExpiresAt: number | null };

/** How the check of a password waits, since checking one is slow on purpose. */
export interface PasswordTurn {
  /** Who asks: checks of different callers take turns. */
  readonly caller: string;
  /** Comes before most checks of unknown callers. */
  readonly isKnown: boolean;
  /** Aborts when the client has disconnected. A check that still waits is dropped then. */
  readonly signal: AbortSignal;
}

/** A link with which a user sets a new password. */
export interface PasswordReset {
  readonly user: User;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

/**
 * Users, passwords, sessions and device requests. Only hashes of session tokens and device codes are
 * kept. A method that resolves with a change has committed it durably.
 */
export interface Identity {
  hasUsers(): Promise<boolean>;
  createUser(user: NewUser): Promise<User | 'email_taken'>;
  findUser(id: string): Promise<User | null>;
  /** @param email in lower case */
  findUserByEmail(email: string): Promise<User | null>;

  /**
   * `null` for an unknown email address and for a wrong password, after the same amount of work.
   *
   * @throws {PasswordQueueFullError} when too many checks wait
   * @throws an `AbortError` when the client disconnected before the check began
   */
  signIn(
    email: string,
    password: string,
    client: ClientInfo,
    turn: PasswordTurn,
  ): Promise<NewSession | null>;
  /**
   * A text by which {@link Identity.findKnownBrowser} recognizes a browser in which the user has signed in. It
   * is valid for a year, for this user, until the password changes. It does not authenticate anybody.
   */
  rememberBrowser(userId: string): Promise<string>;
  /** The first of these texts that is one of {@link Identity.rememberBrowser} for the user with this email. */
  findKnownBrowser(email: string, texts: readonly string[]): Promise<string | null>;
  /**
   * Creates a session for a user who was authenticated in another way. A user has at most 100 sessions:
   * one more, also from `signIn`, ends the least recently used one.
   */
  createSession(userId: string, client: ClientInfo): Promise<NewSession>;
  /** The live session of a token, and its user. Extends the session. */
  findSession(token: string): Promise<{ readonly session: Session; readonly user: User } | null>;
  listSessions(userId: string): Promise<readonly Session[]>;
  /** Resolves with `false` when the user has no live session with this id. */
  revokeSession(userId: string, sessionId: string): Promise<boolean>;
  /** Changes the password and revokes every other session of the user. */
  changePassword(
    userId: string,
    current: string,
    next: string,
    keepSessionId: string,
  ): Promise<'changed' | 'wrong_password'>;
  /**
   * Makes the password of a user unusable, and revokes every session and every approval that no device has redeemed.
   *
   * @returns a token with which {@link Identity.acceptPasswordReset} sets a new password: once, for 24 hours,
   *   until the next reset; `null` for an unknown email address
   */
  resetPassword(email: string): Promise<(PasswordReset & { readonly token: string }) | null>;
  findPasswordReset(token: string): Promise<PasswordReset | null>;
  /** Sets the password, and revokes the same. Of concurrent calls, one succeeds; `null` for the others. */
  acceptPasswordReset(token: string, password: string): Promise<User | null>;

  requestDevice(name: string, address: string): Promise<NewDeviceRequest>;
  /** A pending request; `null` when the code is unknown, expired or decided. */
  findDevice(userCode: string): Promise<DeviceRequest | null>;
  /** Resolves with `false` when {@link Identity.findDevice} would resolve with `null`. */
  decideDevice(userCode: string, userId: string, decision: DeviceDecision): Promise<boolean>;
  /** Polls for the decision. Resolves with `approved` once. */
  pollDevice(deviceCode: string): Promise<DevicePoll>;
  cancelDevice(deviceCode: string): Promise<void>;
}
