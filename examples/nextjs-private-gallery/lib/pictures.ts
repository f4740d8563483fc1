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
  const cdnUrl = process.env.NEXT_PUBLIC_AURA_CDN_URL;
  const project = process.env.NEXT_PUBLIC_AURA_PROJECT_NAME;
  // If the API has a separate host.
  const apiUrl = process.env.AURA_API_URL ?? cdnUrl;
  const response = await fetch(`${apiUrl}/v1/projects/${project}/images?limit=24`, {
    headers: { Authorization: `Bearer ${process.env.AURA_SECRET_KEY}` },
    cache: 'no-store',
  });
  if (!response.ok) throw new Error(`Listing the images failed with ${response.status}`);
  const { images } = (await response.json()) as { images: readonly Omit<Picture, 'url'>[] };
  return Promise.all(
    images.map(async ({ key, visibility, blurhash, width, height }) => {
      const url = visibility === 'public' ? await getAura().urlFor(key) : await signPicture(key);
      return { key, visibility, blurhash, width, height, url };
    }),
  );
}

/** Returns the same URL for five minutes, so that the browser finds the image in its cache. */
export function signPicture(key: string): Promise<string> {
  return getAura().getSignedUrl(key, { expiresIn: 600, stableFor: 300 });
}
