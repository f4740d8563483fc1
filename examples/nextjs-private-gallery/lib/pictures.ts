import { getAura } from './aura';

export interface Picture {
  readonly key: string;
  readonly visibility: 'public' | 'private';
  readonly blurhash: string;
  readonly width: number;
  readonly height: number;
  /** Signed for a private image. */
  readonly url: string;
}

/**
 * Lists the newest images of the project with their URLs. An app with a database would store the keys
 * there instead, with their owners.
 */
export async function listPictures(): Promise<readonly Picture[]> {
  const { images } = await getAura().list({ limit: 24 });
  return Promise.all(
    images.map(async ({ key, visibility, blurhash, width, height, url }) => {
      const shown = visibility === 'public' ? url : await signPicture(key);
      return { key, visibility, blurhash, width, height, url: shown };
    }),
  );
}

/** Returns the same URL for five minutes, so that the browser finds the image in its cache. */
export function signPicture(key: string): Promise<string> {
  return getAura().getSignedUrl(key, { expiresIn: 600, stableFor: 300 });
}
