import type {
  Clock,
  DerivedStore,
  EncodeBudget,
  ImageEngine,
  ImageRecords,
  ObjectStore,
  PresetRecords,
  ProjectSecrets,
  RateLimiter,
  ReceiptKeys,
  RecipientRecords,
  UploadReceiver,
} from '@auraimage/ports';

/** The dependencies of {@link createEdge}. */
export interface EdgePorts {
  readonly objects: ObjectStore;
  readonly images: ImageRecords;
  readonly presets: Pick<PresetRecords, 'find'>;
  readonly projects: ProjectSecrets;
  readonly receiptKeys: Pick<ReceiptKeys, 'signingKey' | 'publicKeys'>;
  readonly recipients: Pick<RecipientRecords, 'revokedAt'>;
  readonly receiver: UploadReceiver;
  readonly engine: ImageEngine;
  readonly derived: DerivedStore;
  readonly encodeBudget: EncodeBudget;
  readonly uploadRate: RateLimiter;
  readonly clock: Clock;
}
