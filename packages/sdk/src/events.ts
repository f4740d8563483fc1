import type { Visibility } from '@auraimage/protocol';

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

interface EventOf<Type extends string, Data> {
  readonly type: Type;
  /** When it happened, ISO 8601 in UTC. */
  readonly timestamp: string;
  readonly data: Data;
}

/**
 * The body of a webhook, once its signature has been verified. A server that is newer than this package may send other
 * types: ignore them.
 *
 * @example
 * const event = new Webhook(secret).verify(body, headers) as AuraEvent;
 * if (event.type === 'image.uploaded') await showPicture(event.data.key);
 */
export type AuraEvent =
  | EventOf<'image.uploaded' | 'image.deleted', ImageEventData>
  | EventOf<
      'image.replaced' | 'image.visibility',
      ImageEventData & { readonly previousVisibility: Visibility }
    >
  | EventOf<'image.renamed', ImageEventData & { readonly previousKey: string }>
  | EventOf<
      'image.links_revoked',
      /** Links that were signed before this time do not work. */
      ImageEventData & { readonly linksRevokedAt: string }
    >
  | EventOf<
      'project.quota',
      EventData & {
        readonly percent: 80 | 100;
        readonly usedBytes: number;
        readonly quotaBytes: number;
      }
    >
  | EventOf<'webhook.test', EventData>;
