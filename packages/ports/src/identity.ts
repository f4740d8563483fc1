import type { ProviderAccount } from './sign-in-provider.js';

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
  /** `null` for a person who signs in at a provider: an operator can give them a password with a reset. */
  readonly password: string | null;
  readonly provider?: ProviderAccount;
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

/**
 * A right first step of a user who has turned on the second factor. There is no session before
 * {@link Identity.confirmSignIn}.
 */
export interface PendingSignIn {
  /** The browser keeps it for the second step. It ends with the password and with the second factor. */
  readonly pendingToken: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
  readonly user: User;
}

/** The second factor of a user, once it is on. */
export interface SecondFactorState {
  /** Unix milliseconds. */
  readonly enabledAt: number;
  /** Number of backup codes that were not used. */
  readonly backupCodes: number;
}

/** A secret that an authenticator app keeps. It has no effect before {@link Identity.enableSecondFactor}. */
export interface NewSecondFactor {
  /** In base32 (RFC 4648), for typing. */
  readonly secret: string;
  /** `otpauth:` address for a QR code. */
  readonly uri: string;
}

/** Which code was right. */
export type SecondStep = 'totp' | 'backup_code';

/**
 * Why a code was refused. `locked`: a hundred wrong codes of six digits in a row. Only a backup code works then,
 * and unlocks.
 */
export type RefusedCode = 'wrong_code' | 'locked';

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
 * Users, passwords, second factors, sessions and device requests. Only hashes of session tokens, backup codes and
 * device codes are kept, and secrets of authenticator apps are encrypted. A method that resolves with a change has committed it durably.
 */
export interface Identity {
  hasUsers(): Promise<boolean>;
  createUser(user: NewUser): Promise<User | 'email_taken'>;
  findUser(id: string): Promise<User | null>;
  /** @param email in lower case */
  findUserByEmail(email: string): Promise<User | null>;
  /** The users of accounts, at most 1,000 of these, in any order. */
  findUsersOf(accountIds: readonly string[]): Promise<readonly User[]>;

  /**
   * Connects a user, who is signed in, with an account at a provider. The connection lasts until the password is
   * reset. A user has one account at each issuer.
   *
   * @returns `taken` when the account belongs to another user, or the user has another account there; `ended` when
   *   the session has ended
   */
  connectProvider(
    userId: string,
    sessionId: string,
    account: ProviderAccount,
  ): Promise<'connected' | 'taken' | 'ended'>;
  /** Whether the user can sign in at a provider. */
  hasProvider(userId: string, issuer: string): Promise<boolean>;
  /** Signs the user in who has this account at a provider; `null` for none. */
  signInByProvider(
    account: ProviderAccount,
    client: ClientInfo,
  ): Promise<NewSession | PendingSignIn | null>;

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
  ): Promise<NewSession | PendingSignIn | null>;
  /** The user of a sign-in that waits for its second step; `null` for an unknown, expired or ended token. */
  findPendingSignIn(token: string): Promise<User | null>;
  /**
   * Ends a pending sign-in with a code of the authenticator app (RFC 6238: six digits, 30 seconds, one step of
   * difference between the clocks) or a backup code. Each code works once. `null` for a token that
   * {@link Identity.findPendingSignIn} does not find.
   */
  confirmSignIn(
    token: string,
    code: string,
    client: ClientInfo,
  ): Promise<(NewSession & { readonly by: SecondStep }) | RefusedCode | null>;
  /**
   * A text by which {@link Identity.findKnownBrowser} recognizes a browser in which the user has signed in. It
   * is valid for a year, for this user, until the password changes. It does not authenticate anybody.
   */
  rememberBrowser(userId: string): Promise<string>;
  /** The first of these texts that is one of {@link Identity.rememberBrowser} for the user with this email. */
  findKnownBrowser(email: string, texts: readonly string[]): Promise<string | null>;
  /**
   * Signs a user in whose first step was another one than the password. A user has at most 100 sessions:
   * one more, also from `signIn`, ends the least recently used one.
   */
  createSession(userId: string, client: ClientInfo): Promise<NewSession | PendingSignIn>;
  /** The live session of a token, and its user. Extends the session. */
  findSession(token: string): Promise<{ readonly session: Session; readonly user: User } | null>;
  listSessions(userId: string): Promise<readonly Session[]>;
  /** Resolves with `false` when the user has no live session with this id. */
  revokeSession(userId: string, sessionId: string): Promise<boolean>;
  /** Whether this is the password of a user who is signed in. */
  verifyPassword(userId: string, password: string): Promise<boolean>;
  /** Changes the password and revokes every other session of the user. */
  changePassword(
    userId: string,
    current: string,
    next: string,
    keepSessionId: string,
  ): Promise<'changed' | 'wrong_password'>;
  /**
   * Makes the password of a user unusable, and ends the connections with providers, every session and every approval
   * that no device has redeemed.
   *
   * @returns a token with which {@link Identity.acceptPasswordReset} sets a new password: once, for 24 hours,
   *   until the next reset; `null` for an unknown email address
   */
  resetPassword(email: string): Promise<(PasswordReset & { readonly token: string }) | null>;
  findPasswordReset(token: string): Promise<PasswordReset | null>;
  /** Sets the password, and revokes the same. Of concurrent calls, one succeeds; `null` for the others. */
  acceptPasswordReset(token: string, password: string): Promise<User | null>;

  /** `null` while the second factor is off. */
  findSecondFactor(userId: string): Promise<SecondFactorState | null>;
  /**
   * Makes a secret for {@link Identity.enableSecondFactor}, which replaces an earlier one. It is valid for an hour.
   *
   * @param issuer name of this server in the authenticator app
   */
  prepareSecondFactor(
    userId: string,
    password: string,
    issuer: string,
  ): Promise<NewSecondFactor | 'wrong_password' | 'already_on'>;
  /**
   * Turns the second factor on with a code of the prepared secret, and ends every other session of the user.
   *
   * @returns ten backup codes, which are in no other result
   */
  enableSecondFactor(
    userId: string,
    code: string,
    keepSessionId: string,
  ): Promise<readonly string[] | 'wrong_code' | 'not_prepared'>;
  /** Replaces the backup codes, also the unused ones. */
  renewBackupCodes(
    userId: string,
    password: string,
    code: string,
  ): Promise<readonly string[] | 'wrong_password' | RefusedCode | 'off'>;
  disableSecondFactor(
    userId: string,
    password: string,
    code: string,
  ): Promise<'disabled' | 'wrong_password' | RefusedCode | 'off'>;
  /** Turns the second factor off without a code, for an operator. Resolves with `false` when it was off. */
  removeSecondFactor(userId: string): Promise<boolean>;

  requestDevice(name: string, address: string): Promise<NewDeviceRequest>;
  /** A pending request; `null` when the code is unknown, expired or decided. */
  findDevice(userCode: string): Promise<DeviceRequest | null>;
  /** Resolves with `false` when {@link Identity.findDevice} would resolve with `null`. */
  decideDevice(userCode: string, userId: string, decision: DeviceDecision): Promise<boolean>;
  /** Polls for the decision. Resolves with `approved` once. */
  pollDevice(deviceCode: string): Promise<DevicePoll>;
  cancelDevice(deviceCode: string): Promise<void>;
}
