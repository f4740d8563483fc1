import { resetPassword } from '@auraimage/control';
import { addressesOf, bySystem } from '@auraimage/host';
import type { Command } from 'commander';
import { ConfigError, readConfig } from '../config/config.js';
import { requireDatabase } from '../operations/database.js';
import { openPeople } from '../startup/stores.js';
import { say } from './output.js';

/** Resets the password of a person, beside a server that is running or not. */
export function addResetPassword(program: Command): void {
  program
    .command('reset-password')
    .description(
      "print a link that sets a new password once; the person's password, sessions and CLI tokens end at once",
    )
    .argument('<email>', 'email of the person')
    .option('--remove-second-factor', 'also turn the second factor off, for a lost phone')
    .action(reset);
}

async function reset(
  email: string,
  { removeSecondFactor = false }: { readonly removeSecondFactor?: boolean },
): Promise<void> {
  const config = readConfig(process.env);
  await requireDatabase(config);
  const people = await openPeople(config);
  try {
    const { appUrl } = addressesOf(config, config.port);
    const clock = { now: Date.now };
    const options = { appUrl, removeSecondFactor };
    const link = await resetPassword({ ...people, clock }, options, email, (user, ...facts) => {
      const [action, target] = facts;
      return bySystem(user.accountId, action, null, target);
    });
    if (link === null) {
      throw new ConfigError(
        `There is no account with the email ${email}: aura-server people lists all`,
      );
    }
    say(`# Valid for 24 hours, once. Send it to ${email}:\n${link.url}`);
  } finally {
    await people.close();
  }
}
