import type { EventType } from '@auraimage/protocol';
import type { ChangeOrigin } from './images.js';

/** An address of a consumer, which gets the events of a project. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  /** Types of the events that it gets; empty for all, including those of later versions. */
  readonly types: readonly EventType[];
  /** A disabled webhook gets no event of the time in which it is disabled. */
  readonly enabled: boolean;
  /** Why the server has disabled it. `gone`: the consumer responded with 410. */
  readonly disabledReason: 'gone' | null;
  /** When the previous secret stops signing, in Unix milliseconds; `null` unless one signs. */
  readonly previousSecretUntil: number | null;
  /** Unix milliseconds. */
  readonly createdAt: number;
}

/** Changes to a webhook; an absent member stays as it is. */
export interface WebhookChanges {
  readonly url?: string;
  readonly types?: readonly EventType[];
  /** `true` also forgets why the server disabled it. */
  readonly enabled?: boolean;
}

/** Something that happened in a project. It was written in the transaction of the change. */
export interface ProjectEvent {
  /** Unique and without meaning: the `webhook-id` of every request for it. */
  readonly id: string;
  /** The order of events: of two events of an image, the later has the higher number. */
  readonly sequence: number;
  readonly type: EventType | 'webhook.test';
  /** When it was written, on the clock of the server that wrote it, in Unix milliseconds. */
  readonly at: number;
  /** JSON object of what consumers need. Never a token or a secret. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** `pending`: an attempt will be made; `failed`: no more attempts will be made. */
export const DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const;

export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** An event on its way to a webhook. */
export interface Delivery {
  readonly id: string;
  readonly event: ProjectEvent;
  readonly state: DeliveryState;
  /** Number of attempts so far. */
  readonly attempts: number;
  /**
   * When the next attempt is due, in Unix milliseconds. `null` when it has finished, and while it waits for an earlier
   * event of the same image.
   */
  readonly nextAttemptAt: number | null;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** Unix milliseconds; `null` while it is pending. */
  readonly finishedAt: number | null;
}

/** One request to a consumer. */
export interface DeliveryAttempt {
  /** Unix milliseconds. */
  readonly at: number;
  readonly milliseconds: number;
  /** Status of the response, or `null` if there was none. */
  readonly status: number | null;
  /** Why there was no response. */
  readonly problem: string | null;
  /** Start of the response's body. */
  readonly answer: string;
}

export interface DeliveryQuery {
  readonly state?: DeliveryState;
  /** 1 to 200. */
  readonly limit: number;
  /** Cursor of a {@link DeliveryPage}. `listDeliveries` rejects any other text with {@link InvalidCursorError}. */
  readonly cursor?: string;
}

export interface DeliveryPage {
  /** Newest first. */
  readonly deliveries: readonly Delivery[];
  /** Cursor of the next page, or `null` after the last one. */
  readonly cursor: string | null;
}

/** The secrets that sign: the current one and, while a rotation overlaps, the previous one. */
export interface WebhookSecrets {
  readonly current: string;
  readonly previous: { readonly secret: string; readonly until: number } | null;
}

/** A webhook without an address, for development: a client asks for its events. It expires soon after the last time. */
export interface Listener {
  readonly id: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

/** An event that a listener has not acknowledged. */
export interface ListenedEvent {
  /** Id of the delivery, which {@link WebhookRecords.acknowledge} takes. */
  readonly delivery: string;
  readonly event: ProjectEvent;
}

/**
 * Webhooks, and what was or will be delivered to them. Secrets are passed in plain text and stored encrypted. A method
 * that resolves with a change has committed it durably, in one transaction with its audit entry. Every method takes the
 * id of the project and finds nothing of another one, nor of one that is being deleted.
 */
export interface WebhookRecords {
  /** @param limit most webhooks of the project, this one included */
  create(
    projectId: string,
    webhook: Pick<Webhook, 'url' | 'types'> & { readonly secret: string },
    limit: number,
    origin: ChangeOrigin,
  ): Promise<Webhook | 'limit_reached' | 'project_missing'>;
  /** Oldest first. */
  list(projectId: string): Promise<readonly Webhook[]>;
  find(projectId: string, id: string): Promise<Webhook | null>;
  /** `null` for an unknown webhook. */
  change(
    projectId: string,
    id: string,
    changes: WebhookChanges,
    origin: ChangeOrigin,
  ): Promise<Webhook | null>;
  /** Removes a webhook and its deliveries. Resolves with `false` for an unknown one. */
  remove(projectId: string, id: string, origin: ChangeOrigin): Promise<boolean>;
  /** The secrets, with an audit entry that they were read. `null` for an unknown webhook. */
  secrets(projectId: string, id: string, origin: ChangeOrigin): Promise<WebhookSecrets | null>;
  /**
   * Makes a secret the current one, and the current one the previous one, which signs as well for a time. `null` for an
   * unknown webhook.
   *
   * @param overlapMs 0 ends the previous secret at once
   */
  replaceSecret(
    projectId: string,
    id: string,
    secret: string,
    overlapMs: number,
    origin: ChangeOrigin,
  ): Promise<Webhook | null>;

  /** Writes an event `webhook.test` for one webhook, of whatever types. */
  test(
    projectId: string,
    id: string,
    data: ProjectEvent['data'],
    origin: ChangeOrigin,
  ): Promise<Delivery | 'webhook_disabled' | null>;
  /** `null` for an unknown webhook. */
  listDeliveries(projectId: string, id: string, query: DeliveryQuery): Promise<DeliveryPage | null>;
  findDelivery(
    projectId: string,
    id: string,
    deliveryId: string,
  ): Promise<(Delivery & { readonly log: readonly DeliveryAttempt[] }) | null>;
  /**
   * Delivers the event of a finished delivery once more, as a delivery of its own behind all earlier ones of the image.
   * A pending one is due now instead. `null` for an unknown delivery.
   */
  redeliver(
    projectId: string,
    id: string,
    deliveryId: string,
    origin: ChangeOrigin,
  ): Promise<Delivery | 'webhook_disabled' | null>;

  /**
   * @param lifeMs time until it expires, unless it is asked for
   * @param limit most listeners of the project, this one included
   */
  createListener(
    projectId: string,
    listener: { readonly secret: string; readonly lifeMs: number },
    limit: number,
    origin: ChangeOrigin,
  ): Promise<Listener | 'limit_reached' | 'project_missing'>;
  /** Postpones the expiry of a listener. Resolves with its secret, or `null` for an unknown or expired one. */
  keepListener(projectId: string, id: string, lifeMs: number): Promise<string | null>;
  /** Events that the listener has not acknowledged, oldest first. */
  listen(projectId: string, id: string, limit: number): Promise<readonly ListenedEvent[]>;
  /** Removes deliveries of a listener. Unknown ones are ignored. */
  acknowledge(projectId: string, id: string, deliveries: readonly string[]): Promise<void>;
}

/** A delivery that one process has claimed, with what its request needs. */
export interface ClaimedDelivery {
  readonly id: string;
  /** Proves the claim. */
  readonly claim: string;
  readonly webhookId: string;
  readonly url: string;
  /** The secrets that sign at the moment, the current one first. */
  readonly secrets: readonly string[];
  readonly event: ProjectEvent;
  /** Number of attempts before this one. */
  readonly attempts: number;
  /** Milliseconds since the delivery was created. */
  readonly ageMs: number;
}

export interface Claims {
  readonly deliveries: readonly ClaimedDelivery[];
  /** Milliseconds until the next delivery is due; `null` if none is scheduled. */
  readonly nextDueMs: number | null;
  /** Why the deliveries of some webhooks are left for later: their secrets cannot be decrypted. Once a minute for each. */
  readonly failures: readonly unknown[];
}

/** Most deliveries that are claimed at a time, by all processes together. */
export interface ClaimLimits {
  readonly perWebhook: number;
  /** So that the webhooks of one project never take the requests of all others. */
  readonly perProject: number;
}

/**
 * What follows an attempt. `gone` is `failed` and disables the webhook.
 */
export type DeliveryOutcome =
  | { readonly kind: 'delivered' | 'failed' | 'gone' }
  | { readonly kind: 'retry'; readonly afterMs: number };

/** What waits to be delivered, of all projects. */
export interface Backlog {
  readonly pending: number;
  /**
   * How long the first of the deliveries that are due has been due, in milliseconds; 0 if none is. Without those of
   * webhooks that fail or are slow repeatedly, which get one request at a time.
   */
  readonly delayMs: number;
}

/** Deliveries stay in the log for this many days after they have finished. */
export const DELIVERY_KEPT_DAYS = 7;
/** Hours after which a delivery has failed that has not succeeded. */
export const DELIVERY_HOURS = 24;
/** Most pending deliveries of a webhook, and most finished ones in its log. Of more, the oldest fail or are removed. */
export const MAX_DELIVERIES = 100_000;
/** Consecutive failed or slow attempts from which on a webhook gets one request at a time. */
export const FAILURES_BEFORE_SLOW = 5;
/** An attempt that takes longer is slow, also if it succeeds, in milliseconds. */
export const SLOW_ATTEMPT_MS = 5000;

/**
 * Deliveries for the job that makes them. Any number of processes may use it at once. Its times are those of the
 * database's clock, so the clocks of servers may differ.
 */
export interface DeliveryQueue {
  /** Calls a listener after each commit of this process that wrote events. @returns ends that */
  onEvents(listener: () => void): () => void;
  /**
   * Claims deliveries that are due: of each image only the first, and of each webhook and project only as many as the
   * limits allow together with those that are claimed at the time, by any process. Projects and webhooks take turns.
   *
   * @param most most deliveries
   * @param leaseMs time after which others may claim them
   */
  claim(most: number, limits: ClaimLimits, leaseMs: number): Promise<Claims>;
  /**
   * Ends a claim, and adds its attempt to the log. After the last attempt of a delivery the next one of its image is
   * due. Resolves with `false`, and changes nothing, when the lease has ended and another process has the delivery.
   */
  settle(
    claimed: Pick<ClaimedDelivery, 'id' | 'claim'>,
    attempt: DeliveryAttempt,
    outcome: DeliveryOutcome,
  ): Promise<boolean>;
  /** Ends claims without an attempt: the deliveries are due again. */
  release(claimed: readonly Pick<ClaimedDelivery, 'id' | 'claim'>[]): Promise<void>;
  /**
   * Fails deliveries that are older than {@link DELIVERY_HOURS} or more than {@link MAX_DELIVERIES}, and removes old
   * rows. Resolves with whether there may be more to do.
   */
  maintain(): Promise<boolean>;
  backlog(): Promise<Backlog>;
}
