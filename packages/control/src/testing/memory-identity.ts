import type {
  ClientInfo,
  DeviceRequest,
  Identity,
  NewSession,
  PendingSignIn,
  ProviderAccount,
  RefusedCode,
  SecondStep,
  Session,
  User,
} from '@auraimage/ports';
import { totp } from '@auraimage/ports/contracts';

const DAY = 86_400_000;
const MONTH = 30 * DAY;
const YEAR = 365 * DAY;
const HOUR = 3_600_000;
const TEN_MINUTES = 600_000;
/** Time step of codes. */
const STEP = 30_000;

interface Device extends DeviceRequest {
  status: 'pending' | 'approved' | 'denied';
  userId: string | null;
  tokenExpiresAt: number | null;
  interval: number;
  polledAt: number | null;
}

interface Mark {
  readonly use: 'browser' | 'reset' | 'pending';
  readonly userId: string;
  readonly password: string;
  readonly factor: Factor | undefined;
  readonly expiresAt: number;
}

interface Factor {
  readonly secret: string;
  readonly preparedAt: number;
  enabledAt: number | null;
  lastStep: number;
  attempts: number;
  backupCodes: string[];
}

/** Users, sessions and devices in memory, for tests of code that uses the port. */
export function createMemoryIdentity(now: () => number = Date.now): Identity {
  const users = new Map<string, { readonly user: User; password: string; resets: number }>();
  const sessions = new Map<string, Session>();
  /** Known browsers and password resets, with the password that they are bound to. */
  const marks = new Map<string, Mark>();
  const devices = new Map<string, Device & { readonly userCode: string }>();
  const factors = new Map<string, Factor>();
  /** Users by their accounts at providers. */
  const links = new Map<string, string>();
  const linkOf = ({ issuer, subject }: ProviderAccount) => `${issuer} ${subject}`;
  let made = 0;
  const random = () => `${++made}-${crypto.randomUUID()}`;

  const isLinked = (userId: string, issuer: string) =>
    [...links].some(([link, id]) => id === userId && link.startsWith(`${issuer} `));
  const byEmail = (email: string) => [...users.values()].find(({ user }) => user.email === email);
  const isLive = ({ expiresAt }: { readonly expiresAt: number }) => expiresAt > now();

  function begin(user: User, { address, userAgent }: ClientInfo): NewSession {
    const token = random();
    const createdAt = now();
    const times = { createdAt, lastUsedAt: createdAt, expiresAt: createdAt + MONTH };
    const session = { id: random(), userId: user.id, address, userAgent, ...times };
    sessions.set(token, session);
    return { token, session, user };
  }

  const enabledFactor = (userId: string) => {
    const factor = factors.get(userId);
    return factor?.enabledAt == null ? undefined : factor;
  };

  function start(user: User, client: ClientInfo): NewSession | PendingSignIn {
    if (enabledFactor(user.id) === undefined) return begin(user, client);
    const { text: pendingToken, expiresAt } = makeMark('pending', user.id, TEN_MINUTES);
    return { pendingToken, expiresAt, user };
  }

  async function findStep(secret: string, code: string): Promise<number | null> {
    const step = Math.floor(now() / STEP);
    for (const each of [step - 1, step, step + 1]) {
      if ((await totp(secret, each * STEP)) === code) return each;
    }
    return null;
  }

  async function checkCode(factor: Factor, text: string): Promise<SecondStep | RefusedCode> {
    const code = text.replaceAll(/[\s-]/g, '').toLowerCase();
    if (!/^\d{6}$/.test(code)) {
      const at = factor.backupCodes.findIndex((each) => each.replaceAll('-', '') === code);
      if (at < 0) return 'wrong_code';
      factor.backupCodes.splice(at, 1);
      factor.attempts = 0;
      return 'backup_code';
    }
    if (factor.attempts >= 100) return 'locked';
    factor.attempts++;
    const step = await findStep(factor.secret, code);
    if (step === null || step <= factor.lastStep) return 'wrong_code';
    Object.assign(factor, { lastStep: step, attempts: 0 });
    return 'totp';
  }

  async function confirm(userId: string, password: string, code: string) {
    if (users.get(userId)?.password !== password) return 'wrong_password';
    const factor = enabledFactor(userId);
    if (factor === undefined) return 'off';
    const step = await checkCode(factor, code);
    return step === 'totp' || step === 'backup_code' ? factor : step;
  }

  const newCodes = () =>
    Array.from(
      { length: 10 },
      () => random().slice(-16).replaceAll('-', '0').match(/.{4}/g)?.join('-') ?? '',
    );

  function findOpen(userCode: string): Device | null {
    const found = [...devices.values()].find((device) => device.userCode === userCode);
    return found !== undefined && found.status === 'pending' && isLive(found) ? found : null;
  }

  function endSessions(userId: string, keepSessionId?: string): void {
    for (const [token, session] of sessions) {
      if (session.userId === userId && session.id !== keepSessionId) sessions.delete(token);
    }
  }

  /** Ends every session, and every device that was approved in one and has not polled since. */
  function endAll(userId: string): void {
    const known = users.get(userId);
    if (known !== undefined) known.resets += 1;
    endSessions(userId);
    for (const [link, id] of links) if (id === userId) links.delete(link);
    for (const [deviceCode, device] of devices) {
      if (device.userId === userId) devices.delete(deviceCode);
    }
  }

  function makeMark(use: Mark['use'], userId: string, lifetime: number) {
    const password = users.get(userId)?.password ?? '';
    const expiresAt = now() + lifetime;
    const text = `${userId}.${expiresAt}.${random()}`;
    marks.set(text, { use, userId, password, factor: enabledFactor(userId), expiresAt });
    return { text, expiresAt };
  }

  /** The user of a mark, and when it expires. */
  function readMark(use: Mark['use'], text: string) {
    const mark = marks.get(text);
    const known = users.get(mark?.userId ?? '');
    if (mark === undefined || known === undefined || !isLive(mark)) return null;
    if (mark.use !== use || mark.password !== known.password) return null;
    if (use === 'pending' && mark.factor !== enabledFactor(mark.userId)) return null;
    return { known, expiresAt: mark.expiresAt };
  }

  return {
    hasUsers: async () => users.size > 0,
    async createUser({ password, provider, ...facts }) {
      if (byEmail(facts.email) !== undefined) return 'email_taken';
      const user = { ...facts, id: random() };
      users.set(user.id, { user, password: password ?? random(), resets: 0 });
      if (provider !== undefined) links.set(linkOf(provider), user.id);
      return user;
    },
    findUsersOf: async (ids) =>
      [...users.values()]
        .map(({ user }) => user)
        .filter(({ accountId }) => ids.includes(accountId)),
    async connectProvider(userId, sessionId, account) {
      const hasSession = [...sessions.values()].some(({ id }) => id === sessionId);
      if (!hasSession) return 'ended';
      const link = linkOf(account);
      if (!links.has(link) && !isLinked(userId, account.issuer)) links.set(link, userId);
      return links.get(link) === userId ? 'connected' : 'taken';
    },
    hasProvider: async (userId, issuer) => isLinked(userId, issuer),
    async signInByProvider(account, client) {
      const user = users.get(links.get(linkOf(account)) ?? '')?.user;
      return user === undefined ? null : start(user, client);
    },
    findUser: async (id) => users.get(id)?.user ?? null,
    findUserByEmail: async (email) => byEmail(email)?.user ?? null,
    async signIn(email, password, client) {
      const known = byEmail(email);
      return known?.password === password ? start(known.user, client) : null;
    },
    findPendingSignIn: async (token) => readMark('pending', token)?.known.user ?? null,
    async confirmSignIn(token, code, client) {
      const user = readMark('pending', token)?.known.user;
      const factor = enabledFactor(user?.id ?? '');
      if (user === undefined || factor === undefined) return null;
      const by = await checkCode(factor, code);
      return by === 'totp' || by === 'backup_code' ? { ...begin(user, client), by } : by;
    },
    async createSession(userId, client) {
      const known = users.get(userId);
      if (known === undefined) throw new Error('there is no such user');
      return start(known.user, client);
    },
    async findSession(token) {
      const session = sessions.get(token);
      const user = users.get(session?.userId ?? '')?.user;
      if (session === undefined || user === undefined || !isLive(session)) return null;
      const isFresh = now() - session.lastUsedAt < HOUR;
      const lastUsedAt = now();
      const used = { ...session, lastUsedAt, expiresAt: lastUsedAt + MONTH };
      if (!isFresh) sessions.set(token, used);
      return { session: isFresh ? session : used, user };
    },
    async listSessions(userId) {
      const own = [...sessions.values()].filter((each) => each.userId === userId && isLive(each));
      return own.sort((a, b) => b.lastUsedAt - a.lastUsedAt);
    },
    async revokeSession(userId, sessionId) {
      for (const [token, session] of sessions) {
        if (session.id !== sessionId || session.userId !== userId) continue;
        sessions.delete(token);
        return isLive(session);
      }
      return false;
    },
    verifyPassword: async (userId, password) => users.get(userId)?.password === password,
    async changePassword(userId, current, next, keepSessionId) {
      const known = users.get(userId);
      if (known?.password !== current) return 'wrong_password';
      known.password = next;
      endSessions(userId, keepSessionId);
      return 'changed';
    },
    rememberBrowser: async (userId) => makeMark('browser', userId, YEAR).text,
    async findKnownBrowser(email, texts) {
      const isOwn = (text: string) => readMark('browser', text)?.known.user.email === email;
      return texts.find(isOwn) ?? null;
    },
    async resetPassword(email) {
      const known = byEmail(email);
      if (known === undefined) return null;
      known.password = random();
      endAll(known.user.id);
      const { text: token, expiresAt } = makeMark('reset', known.user.id, DAY);
      return { user: known.user, token, expiresAt };
    },
    async findPasswordReset(token) {
      const found = readMark('reset', token);
      return found && { user: found.known.user, expiresAt: found.expiresAt };
    },
    async acceptPasswordReset(token, password) {
      const found = readMark('reset', token);
      if (found === null) return null;
      found.known.password = password;
      endAll(found.known.user.id);
      return found.known.user;
    },
    async findSecondFactor(userId) {
      const factor = enabledFactor(userId);
      if (factor === undefined || factor.enabledAt === null) return null;
      return { enabledAt: factor.enabledAt, backupCodes: factor.backupCodes.length };
    },
    async prepareSecondFactor(userId, password, issuer) {
      const known = users.get(userId);
      if (known?.password !== password) return 'wrong_password';
      if (enabledFactor(userId) !== undefined) return 'already_on';
      const letters = [...crypto.getRandomValues(new Uint8Array(32))];
      const secret = letters.map((n) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[n % 32]).join('');
      const state = { enabledAt: null, lastStep: -1, attempts: 0, backupCodes: [] };
      factors.set(userId, { secret, preparedAt: now(), ...state });
      const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(known.user.email)}`;
      return { secret, uri: `otpauth://totp/${label}?secret=${secret}` };
    },
    async enableSecondFactor(userId, code, keepSessionId) {
      const factor = factors.get(userId);
      if (factor === undefined || factor.enabledAt !== null) return 'not_prepared';
      if (factor.preparedAt + HOUR <= now()) return 'not_prepared';
      const step = await findStep(factor.secret, code);
      if (step === null) return 'wrong_code';
      const backupCodes = newCodes();
      Object.assign(factor, { enabledAt: now(), lastStep: step, backupCodes });
      endSessions(userId, keepSessionId);
      return [...backupCodes];
    },
    async renewBackupCodes(userId, password, code) {
      const factor = await confirm(userId, password, code);
      if (typeof factor === 'string') return factor;
      factor.backupCodes = newCodes();
      return [...factor.backupCodes];
    },
    async disableSecondFactor(userId, password, code) {
      const factor = await confirm(userId, password, code);
      if (typeof factor === 'string') return factor;
      factors.delete(userId);
      return 'disabled';
    },
    removeSecondFactor: async (userId) =>
      enabledFactor(userId) !== undefined && factors.delete(userId),
    async requestDevice(name, address) {
      const deviceCode = random();
      const letters = [...crypto.getRandomValues(new Uint8Array(8))];
      const userCode = letters.map((n) => 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'[n % 32]).join('');
      const createdAt = now();
      const times = { createdAt, expiresAt: createdAt + TEN_MINUTES, polledAt: null };
      const state = { status: 'pending', userId: null, tokenExpiresAt: null, interval: 5 } as const;
      devices.set(deviceCode, { name, address, userCode, ...times, ...state });
      return { deviceCode, userCode, expiresIn: TEN_MINUTES / 1000, interval: 5 };
    },
    async findDevice(userCode) {
      const found = findOpen(userCode);
      if (found === null) return null;
      const { name, address, createdAt, expiresAt } = found;
      return { name, address, createdAt, expiresAt };
    },
    async decideDevice(userCode, userId, verdict) {
      const found = findOpen(userCode);
      if (found === null) return false;
      const isDenied = verdict === 'deny';
      const tokenExpiresAt = isDenied ? null : verdict.tokenExpiresAt;
      Object.assign(found, { userId, status: isDenied ? 'denied' : 'approved', tokenExpiresAt });
      return true;
    },
    async pollDevice(deviceCode) {
      const device = devices.get(deviceCode);
      if (device === undefined || !isLive(device)) return { status: 'expired' };
      const isEarly = device.polledAt !== null && now() - device.polledAt < device.interval * 1000;
      device.polledAt = now();
      if (isEarly) {
        device.interval += 5;
        return { status: 'slow_down', interval: device.interval };
      }
      if (device.status === 'pending') return { status: 'pending' };
      devices.delete(deviceCode);
      const known = users.get(device.userId ?? '');
      if (device.status === 'denied' || known === undefined) return { status: 'denied' };
      const { name, tokenExpiresAt } = device;
      const { user, resets: credentialResets } = known;
      return { status: 'approved', user, name, tokenExpiresAt, credentialResets };
    },
    async cancelDevice(deviceCode) {
      devices.delete(deviceCode);
    },
  };
}
