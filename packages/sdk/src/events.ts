import type { EventType, Visibility } from '@auraimage/protocol';

interface EventData {
  /** The same in every request for the event, and in its header `webhook-id`. */
  readonly id: string;
  /** The order of events: of two events of an image, the later one has the higher number. */
  readonly sequence: number;
  readonly project: string;
}

/** What the events of an image say about it: as it was after the change; of a deleted one, as it was. */
export interface ImageEventData extends EventData {
  readonly key: string;
  readonly visibility: Visibility;
  /** Media type of the original. */
  readonly type: string;
  /** Bytes of the original. */
  readonly size: number;
  readonly width: number;
  readonly height: number;
  /** SHA-256 of the original in hexadecimal digits. */
  readonly sha256: string;
  /** Grows with every change of what readers get. */
  readonly version: number;
  /** Name of the file that was uploaded. */
  readonly fileName: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** Address without a token. */
  readonly url: string;
}

interface VisibilityData extends ImageEventData {
  readonly previousVisibility: Visibility;
}

/** What each type of event says. */
interface DataOf {
  readonly 'image.uploaded': ImageEventData;
  readonly 'image.replaced': VisibilityData;
  readonly 'image.visibility': VisibilityData;
  readonly 'image.renamed': ImageEventData & { readonly previousKey: string };
  readonly 'image.deleted': ImageEventData;
  readonly 'image.links_revoked': ImageEventData & {
    /** Links that were signed before this time do not work. */
    readonly linksRevokedAt: string;
  };
  readonly 'project.quota': EventData & {
    readonly percent: 80 | 100;
    readonly usedBytes: number;
    readonly quotaBytes: number;
  };
  readonly 'webhook.test': EventData;
}

interface EventOf<Type extends keyof DataOf> {
  readonly type: Type;
  /** When it happened, ISO 8601 in UTC. */
  readonly timestamp: string;
  readonly data: DataOf[Type];
}

/**
 * The body of a webhook, once its signature has been verified. A server that is newer than this package may send other
 * types: ignore them.
 *
 * @example
 * const event = new Webhook(secret).verify(body, headers) as AuraEvent;
 * if (event.type === 'image.uploaded') await showPicture(event.data.key);
 */
export type AuraEvent = {
  [Type in EventType | 'webhook.test']: EventOf<Type>;
}[EventType | 'webhook.test'];
