import { timingSafeEqual } from 'node:crypto';
import {
  type Addresses,
  type FirstStepsOptions,
  type FirstStepsPorts,
  LINK_FILE,
  PROJECT_FILE,
  type SecretOutput,
  welcomeFirstUser,
} from '@auraimage/host';
import type { Config } from './settings.js';

/** Where the commands take the first steps. For everybody else it is a path without a route. */
export const SETUP_PATH = '/v1/setup';

/** What a command does for the operator. */
type Step =
  | { readonly do: 'show'; readonly path: string; readonly text: string; readonly instead: string }
  | { readonly do: 'say'; readonly text: string }
  | { readonly do: 'remove'; readonly path: string };

/** The response to a command. */
export interface SetUp {
  readonly steps: readonly Step[];
  readonly cdnUrl: string;
  readonly appUrl: string;
  /** Why a further step failed. The command asks again. */
  readonly problem?: string;
}

/** Whether the request comes from a command, which has the token of the last deployment. */
export function isSetup(request: Request, path: string, { setupToken }: Config): boolean {
  if (path !== SETUP_PATH || request.method !== 'POST' || setupToken === undefined) return false;
  const given = Buffer.from(request.headers.get('authorization') ?? '');
  const wanted = Buffer.from(`Bearer ${setupToken}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

export interface SetUpOptions extends Pick<FirstStepsOptions, 'picture' | 'send'> {
  readonly ports: FirstStepsPorts;
  readonly config: Config;
  readonly addresses: Addresses;
  /** Where the command keeps secrets that it does not show. */
  readonly folder: string;
}

/**
 * Takes the first steps of the server. The response says what the command shows, in order, also when a step fails: what
 * the steps before it have made is shown once.
 */
export async function setUp({
  ports,
  config: { projectQuota },
  addresses: { cdnUrl, appUrl },
  folder,
  picture,
  send,
}: SetUpOptions): Promise<Response> {
  const steps: Step[] = [];
  const output = (name: string): SecretOutput => {
    const path = `${folder}/${name}`;
    return {
      path,
      async show(text, instead) {
        steps.push({ do: 'show', path, text, instead });
      },
      async remove() {
        steps.push({ do: 'remove', path });
      },
    };
  };
  const headers = { 'Cache-Control': 'no-store' };
  const done: SetUp = { steps, cdnUrl, appUrl };
  try {
    await welcomeFirstUser(ports, {
      projectQuota,
      cdnUrl,
      appUrl,
      earlierLinks: 'end',
      picture,
      send,
      project: output(PROJECT_FILE),
      link: output(LINK_FILE),
      say: (text) => void steps.push({ do: 'say', text }),
    });
  } catch (error) {
    const failed: SetUp = { ...done, problem: String(error) };
    return Response.json(failed, { status: 503, headers });
  }
  return Response.json(done, { headers });
}
