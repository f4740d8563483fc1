/** Who may read an image: anyone, or only holders of a serve token. */
export type Visibility = 'public' | 'private';

export function isVisibility(value: unknown): value is Visibility {
  return value === 'public' || value === 'private';
}
