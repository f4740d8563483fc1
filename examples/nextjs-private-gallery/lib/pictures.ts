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
  const urls = await signPictures(images.map(({ key }) => key));
  return images.map(({ key, visibility, blurhash, width, height, url }, at) => {
    const shown = visibility === 'public' ? url : (urls[at] ?? url);
    return { key, visibility, blurhash, width, height, url: shown };
  });
}

/** Returns the same URLs for five minutes, so that the browser finds the images in its cache. */
export function signPictures(keys: readonly string[]): Promise<readonly string[]> {
  return getAura().getSignedUrls(keys, { expiresIn: 600, stableFor: 300 });
}
