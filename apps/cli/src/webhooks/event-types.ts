import { InvalidArgumentError } from 'commander';

const EVENT_TYPES = [
  'image.uploaded',
  'image.replaced',
  'image.visibility',
  'image.renamed',
  'image.deleted',
  'image.links_revoked',
  'project.quota',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

/**
 * Parses an option whose value is a list of event types with commas between them.
 *
 * @example
 * eventTypes('image.uploaded,image.deleted'); // ['image.uploaded', 'image.deleted']
 */
export function eventTypes(text: string): EventType[] {
  const names = text.split(',').map((name) => name.trim());
  return names.map((name) => {
    const type = EVENT_TYPES.find((each) => each === name);
    if (type !== undefined) return type;
    throw new InvalidArgumentError(`Events are ${EVENT_TYPES.join(', ')}.`);
  });
}
