/**
 * What a webhook can be called for. Stable names: consumers compare them. Beside these there is `webhook.test`, which
 * only a test sends.
 */
export const EVENT_TYPES = [
  'image.uploaded',
  'image.replaced',
  'image.visibility',
  'image.renamed',
  'image.deleted',
  'image.links_revoked',
  'project.quota',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];
