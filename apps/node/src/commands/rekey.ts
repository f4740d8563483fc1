import { readConfig } from '../config/config.js';
import { rekey } from '../operations/rekey.js';
import { type Command, readOptions, say } from './command.js';

/** Changes the master key. */
export const rekeyCommand: Command = {
  usage: '  aura-server rekey                  change the master key of a server that is stopped',
  async run(args, environment) {
    readOptions(args, {});
    say(await rekey(readConfig(environment)));
    return undefined;
  },
};
