/** A person who may sign in. */
export interface User {
  readonly id: string;
  readonly accountId: string;
  readonly email: string;
  readonly name: string;
  /** The first one is `admin`: invites people and sets quotas. */
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

/** Where a request comes from. */
export interface ClientFacts {
  /** Network address. */
  readonly address: string;
  readonly userAgent: string;
}

export interface Session {
  readonly id: string;
  readonly userId: string;
  /** Unix milliseconds, as all times here. */
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly expiresAt: number;
  readonly address: string;
  readonly userAgent: string;
}

/** A session at its beginning, with the text that a browser keeps; the server keeps its hash alone. */
export interface NewSession {
  readonly token: string;
  readonly session: Session;
  readonly user: User;
}

/** A device that asks to be let in (RFC 8628). */
export interface DeviceRequest {
  /** What the device calls itself: its own claim. */
  readonly name: string;
  /** Network address that it asked from. */
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
  /** Seconds between two questions. */
  readonly interval: number;
}

export type DevicePoll =
  | { readonly status: 'approved'; readonly user: User; readonly name: string }
  | { readonly status: 'pending' | 'denied' | 'expired' }
  | { readonly status: 'slow_down'; readonly interval: number };

/**
 * People, their passwords, sessions and devices. Session tokens and device codes are kept as hashes.
 * A method that resolves with a change has committed it durably.
 */
export interface Identity {
  hasUsers(): Promise<boolean>;
  createUser(user: NewUser): Promise<User | 'email_taken'>;
  findUser(id: string): Promise<User | null>;

  /** `null` for an unknown email and for a wrong password, after the same work. */
  signIn(email: string, password: string, client: ClientFacts): Promise<NewSession | null>;
  /**
   * Begins a session for a user who has shown by another way who they are. A user has 100 at most: with
   * one more, as with `signIn`, that used longest ago ends.
   */
  beginSession(userId: string, client: ClientFacts): Promise<NewSession>;
  /** The live session of a token and its user; renews one that is used. */
  findSession(token: string): Promise<{ readonly session: Session; readonly user: User } | null>;
  listSessions(userId: string): Promise<readonly Session[]>;
  /** Resolves with `false` when the user has no live session of that id. */
  endSession(userId: string, sessionId: string): Promise<boolean>;
  /** Changes the password and ends every other session of the user. */
  changePassword(
    userId: string,
    current: string,
    next: string,
    keepSessionId: string,
  ): Promise<'changed' | 'wrong_password'>;

  requestDevice(name: string, address: string): Promise<NewDeviceRequest>;
  /** A device that waits for an answer; `null` for a code that is unknown, expired or answered. */
  findDevice(userCode: string): Promise<DeviceRequest | null>;
  /** Resolves with `false` where {@link Identity.findDevice} would give `null`. */
  decideDevice(userCode: string, userId: string, verdict: 'approve' | 'deny'): Promise<boolean>;
  /** Asks what became of a device's request. `approved` is told once. */
  pollDevice(deviceCode: string): Promise<DevicePoll>;
  cancelDevice(deviceCode: string): Promise<void>;
}
