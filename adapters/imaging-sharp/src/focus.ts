import type { Focus, FocusKind } from '@auraimage/edge';
import type { MasterType } from '@auraimage/protocol';
import type { Input } from './input.js';

/** Seeks the part of a picture that matters, in its first frame. Rejects for a broken file. */
export async function findFocus(
  _input: Input,
  _type: MasterType,
  _kind: FocusKind,
): Promise<Focus> {
  return null;
}
