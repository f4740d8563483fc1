import { EVENT_TYPES, type EventType } from '@auraimage/protocol';
import { InvalidArgumentError } from 'commander';

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
