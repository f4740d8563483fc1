import { ControlError } from '@auraimage/control';
import type { Addresses } from '../config/addresses.js';
import { say } from '../commands/command.js';
import type { Config } from '../config/config.js';
import { admitFirst } from './first-account.js';
import { type EnvBlock, formatEnvBlock, provisionProject } from './provision.js';
import { uploadSample } from './sample.js';
import type { Stores } from './stores.js';

const FIRST_PROJECT = 'my-app';

/** Where a server is that listens already. */
type Listening = Addresses & { readonly localUrl: string };

/**
 * What a start does when nobody has used the server yet: a first project with a sample image, and a way in.
 * Of several servers that start together on an empty database, one makes the project.
 */
export async function takeFirstSteps(
  stores: Stores,
  config: Config,
  server: Listening,
): Promise<void> {
  const { registry, identity } = stores;
  const isNew = (await registry.listProjects()).length === 0 && !(await identity.hasUsers());
  if (isNew) await welcome(stores, server);
  const setUpLink = await admitFirst(stores, config, server.appUrl);
  if (setUpLink !== null) say(`# Make your account: ${setUpLink}\n`);
}

async function welcome({ registry }: Stores, { cdnUrl, localUrl }: Listening): Promise<void> {
  const block = await provisionFirst(registry, cdnUrl);
  if (block === null) return;
  say(`# First start: put these lines into your app's .env. The secret key is not shown again.
${formatEnvBlock(block)}
`);
  try {
    const { unsigned, signed } = await uploadSample(block, localUrl);
    say(`# A private sample image. Without a token it is refused (403):
${unsigned}
# With a token it is served (200) for one hour:
${signed}
`);
  } catch (error) {
    // Limits that the sample does not keep to are no reason not to start.
    say(`# No sample image: ${error instanceof Error ? error.message : error}\n`);
  }
}

/** `null` where another server was quicker: it has printed the key. */
async function provisionFirst(
  registry: Stores['registry'],
  cdnUrl: string,
): Promise<EnvBlock | null> {
  try {
    return await provisionProject(registry, { name: FIRST_PROJECT }, cdnUrl);
  } catch (error) {
    if (error instanceof ControlError && error.code === 'project_name_taken') return null;
    throw error;
  }
}
