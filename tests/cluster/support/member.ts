import { removeFolder } from '../../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../../harness/server.js';

/** One of several servers. It can be killed, paused and restarted on its own port and folder. */
export interface Member {
  readonly name: string;
  readonly url: string;
  readonly dataDir: string;
  /** The current or last process. */
  readonly server: () => TestServer;
  start(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP: its connections stay open, new ones are accepted, but it does not run. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** Stops it and removes its folder. */
  remove(): Promise<void>;
}

export interface MemberOptions {
  readonly name: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  /** Returns the words before the command, such as `unshare …`. */
  readonly wrap?: (dataDir: string) => readonly string[];
}

export async function createMember({ name, port, env, wrap }: MemberOptions): Promise<Member> {
  const dataDir = await temporaryFolder();
  let current: TestServer | undefined;
  const server = (): TestServer => {
    if (current === undefined) throw new Error(`${name} was never started`);
    return current;
  };
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    dataDir,
    server,
    async start() {
      const words = wrap?.(dataDir);
      current = await startTestServer({
        encodesAgain: true,
        dataDir,
        env: { ...env, PORT: String(port) },
        credentials: NOBODY,
        ...(words && { wrap: words }),
      });
    },
    kill: () => server().kill(),
    pause() {
      server().process.kill('SIGSTOP');
    },
    resume() {
      server().process.kill('SIGCONT');
    },
    async remove() {
      await current?.kill();
      await removeFolder(dataDir);
    },
  };
}

/** Does not look for the credentials of a first start, because another server may have printed them. */
const NOBODY = {
  secretKey: `sk_live_${'0'.repeat(43)}`,
  serveSecret: `psk_live_${'0'.repeat(43)}`,
  projectName: 'nobody',
  cdnUrl: '',
};
