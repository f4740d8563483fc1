import { parseSize } from '@auraimage/protocol';
import { addressesOf } from '../config/addresses.js';
import { readConfig } from '../config/config.js';
import { formatEnvBlock, provisionProject } from '../startup/provision.js';
import { openRecords } from '../startup/stores.js';
import { type Command, readOptions, say, UsageError } from './command.js';

/** Makes a project, beside a server that is running or not. */
export const seedCommand: Command = {
  usage: `  aura-server seed --project NAME    make a project and print its .env block
      [--origin https://app.example]   allow uploads from this origin alone; repeat for more
      [--quota 10gb]                   most bytes that its images may take`,
  async run(args, environment) {
    const values = readOptions(args, {
      project: { type: 'string' },
      origin: { type: 'string', multiple: true },
      quota: { type: 'string' },
    });
    const { project: name, origin, quota } = values;
    const config = readConfig(environment);
    if (name === undefined) throw new UsageError('seed needs --project NAME');
    const { records } = await openRecords(config);
    try {
      const { cdnUrl: url } = addressesOf(config, config.port);
      const quotaBytes = quota === undefined ? null : parseSize(quota);
      const allowedOrigins = (origin ?? []).map(parseOrigin);
      const options = { name, allowedOrigins, quotaBytes };
      say(formatEnvBlock(await provisionProject(records.registry, options, url)));
    } finally {
      await records.close();
    }
    return undefined;
  },
};

function parseOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.origin === text) return text;
  throw new UsageError(`--origin ${text}: give scheme and host only, such as https://app.example`);
}
