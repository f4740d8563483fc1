import { addressesOf } from '@auraimage/host';
import { RECEIPT_KEYS_PATH } from '@auraimage/protocol';
import type { Command } from 'commander';
import { readConfig } from '../config/config.js';
import { requireDatabase } from '../operations/database.js';
import { openRecords } from '../startup/stores.js';
import { say } from './output.js';

/** Replaces the key that signs receipts, beside servers that are running or not. */
export function addRotateReceiptKey(program: Command): void {
  program
    .command('rotate-receipt-key')
    .description('sign receipts of uploads with a new key; servers may be running')
    .option('--revoke-earlier', 'remove all earlier keys: receipts so far are no longer valid')
    .action(rotate);
}

async function rotate({ revokeEarlier = false }: { readonly revokeEarlier?: boolean }) {
  const config = readConfig(process.env);
  await requireDatabase(config);
  const { records } = await openRecords(config);
  try {
    const { id } = await records.receiptKeys.rotate(!revokeEarlier);
    const { cdnUrl } = addressesOf(config, config.port);
    say(`Receipts are signed with the key ${id} from now on.`);
    say(
      revokeEarlier
        ? 'Earlier keys are removed: receipts so far are no longer valid. Saved key sets still have them.'
        : 'Earlier receipts stay valid: their public keys are kept.',
    );
    say(`All keys: ${cdnUrl}${RECEIPT_KEYS_PATH}`);
  } finally {
    await records.close();
  }
}
