import { afterEach, beforeEach } from 'vitest';
import type {
  AuditLog,
  ClaimedDelivery,
  DeliveryAttempt,
  DeliveryOutcome,
  DeliveryQueue,
  ProjectEvent,
  Webhook,
  WebhookRecords,
} from '../index.js';
import { newImage, ORIGIN, type TestImages } from './image-fixtures.js';

/** The records of one process. */
export interface Process {
  readonly images: TestImages;
  readonly webhooks: WebhookRecords;
  readonly deliveries: DeliveryQueue;
}

/** A database without projects. */
export interface WebhookRecordsSetup extends Process {
  /** The same records through another connection, as another process has them. */
  readonly other: Process;
  readonly audit: AuditLog;
  /** The account of every project. */
  readonly accountId: string;
  /** @returns the project's id */
  makeProject(name: string): Promise<string>;
  /** Changes the quota of a project; `null`: none. */
  setQuota(id: string, quotaBytes: number | null): Promise<void>;
  /** Starts to delete a project. @returns what removes its images and finishes */
  deleteProject(id: string): Promise<() => Promise<void>>;
  /** Moves every time of webhooks, events and deliveries into the past. */
  age(milliseconds: number): Promise<void>;
  /** Number of rows about webhooks. */
  countRows(): Promise<Record<'webhooks' | 'events' | 'deliveries' | 'attempts', number>>;
  close(): Promise<void>;
}

export const URL_OF_CONSUMER = 'https://consumer.example/hook?token=of-the-consumer';
export const LEASE_MS = 60_000;
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export const ATTEMPT: DeliveryAttempt = {
  at: 1_900_000_000_000,
  milliseconds: 12,
  status: 200,
  problem: null,
  answer: 'thanks',
};
export const SLOW_ATTEMPT = { ...ATTEMPT, milliseconds: 5001 };
export const FAILED_ATTEMPT = { ...ATTEMPT, status: null, problem: 'timeout', answer: '' };

/** Opens a database with a project for each test. Call it in a `describe`. */
export function useWebhooks(setUp: () => Promise<WebhookRecordsSetup>) {
  let setup: WebhookRecordsSetup;
  let project: string;
  beforeEach(async () => {
    setup = await setUp();
    project = await setup.makeProject('my-app');
  });
  afterEach(() => setup.close());

  const create = async (
    facts: Partial<Parameters<WebhookRecords['create']>[1]> = {},
    owner = project,
  ) => {
    const webhook = { url: URL_OF_CONSUMER, types: [], secret: 'whsec_first', ...facts };
    const created = await setup.webhooks.create(owner, webhook, 10, ORIGIN);
    if (typeof created === 'string') throw new Error(created);
    return created;
  };
  const upload = (n: number, changes = {}, process: Process = setup, name = 'my-app') =>
    process.images.insert(newImage(name, n, { uploadedBy: ORIGIN, ...changes }), ORIGIN);
  const claim = (most = 100, perWebhook = 100, process: Process = setup, perProject = 100) =>
    process.deliveries.claim(most, { perWebhook, perProject }, LEASE_MS);
  const settle = (
    claimed: Pick<ClaimedDelivery, 'id' | 'claim'>,
    outcome: DeliveryOutcome = { kind: 'delivered' },
    process: Process = setup,
  ) =>
    process.deliveries.settle(
      claimed,
      outcome.kind === 'delivered' ? ATTEMPT : FAILED_ATTEMPT,
      outcome,
    );
  /** Claims and delivers until nothing is due. */
  const deliverAll = async (): Promise<ProjectEvent[]> => {
    const events: ProjectEvent[] = [];
    for (;;) {
      const { deliveries } = await claim();
      if (deliveries.length === 0) return events;
      for (const delivery of deliveries) {
        await settle(delivery);
        events.push(delivery.event);
      }
    }
  };
  const log = async (webhook: Pick<Webhook, 'id'>) =>
    (await setup.webhooks.listDeliveries(project, webhook.id, { limit: 200 }))?.deliveries ?? [];
  const actions = async () => {
    const { entries } = await setup.audit.list({ accountId: setup.accountId, limit: 200 });
    return entries
      .filter(({ action }) => /^(webhook|listener)/.test(action))
      .map(({ action, actor, target, details }) => ({ action, actor, target, details }))
      .reverse();
  };
  return {
    /** The database of the test, and the id of its project. */
    opened: () => ({ setup, project }),
    create,
    upload,
    claim,
    settle,
    deliverAll,
    log,
    actions,
  };
}

/** The type of an event, and the number of its image. */
export const short = ({ event }: { readonly event: ProjectEvent }) => [
  event.type,
  String(event.data['key']).slice(0, 10).replace(/^0+/, ''),
];
