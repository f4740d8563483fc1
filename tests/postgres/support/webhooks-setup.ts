import { type WebhookRecordsSetup, withTestImages } from '@auraimage/ports/contracts';
import type { SqlRecords } from '@auraimage/records-sql';

type WebhookTables = {
  webhooks: { previous_until: number; expires_at: number; created_at: number };
  webhook_events: { at: number };
  webhook_deliveries: { next_at: number; created_at: number; finished_at: number };
  webhook_attempts: { at: number };
};

interface Opened {
  readonly records: SqlRecords;
  readonly other: SqlRecords;
  close(): Promise<void>;
}

/** The setup of the suites about webhooks. */
export function webhooksSetup(
  { records, other, close }: Opened,
  projects: Pick<WebhookRecordsSetup, 'accountId' | 'makeProject' | 'deleteProject'>,
): WebhookRecordsSetup {
  const db = records.kysely.withTables<WebhookTables>();
  const count = async (table: keyof WebhookTables) => {
    const counted = db.selectFrom(table).select((eb) => eb.fn.countAll<number>().as('rows'));
    return (await counted.executeTakeFirstOrThrow()).rows;
  };
  const { webhooks, deliveries, audit } = records;
  return {
    ...projects,
    async setQuota(id, quotaBytes) {
      await records.registry.changeProject(id, { quotaBytes }, []);
    },
    images: withTestImages(records),
    webhooks,
    deliveries,
    other: { ...other, images: withTestImages(other) },
    audit,
    async age(milliseconds) {
      await db
        .updateTable('webhooks')
        .set((eb) => ({
          previous_until: eb('previous_until', '-', milliseconds),
          expires_at: eb('expires_at', '-', milliseconds),
          created_at: eb('created_at', '-', milliseconds),
        }))
        .execute();
      await db
        .updateTable('webhook_events')
        .set((eb) => ({ at: eb('at', '-', milliseconds) }))
        .execute();
      await db
        .updateTable('webhook_deliveries')
        .set((eb) => ({
          next_at: eb('next_at', '-', milliseconds),
          created_at: eb('created_at', '-', milliseconds),
          finished_at: eb('finished_at', '-', milliseconds),
        }))
        .execute();
    },
    countRows: async () => ({
      webhooks: await count('webhooks'),
      events: await count('webhook_events'),
      deliveries: await count('webhook_deliveries'),
      attempts: await count('webhook_attempts'),
    }),
    close,
  };
}
