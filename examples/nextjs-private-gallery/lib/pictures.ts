import { getAura } from './aura';

export interface Picture {
  readonly key: string;
  readonly visibility: 'public' | 'private';
  readonly blurhash: string;
  readonly width: number;
  readonly height: number;
  /** Opens it: signed for a private one. */
  readonly url: string;
}

/**
 * The newest pictures of the project, with addresses. An app with a database keeps the keys there
 * instead, beside whose they are.
 */
export async function listPictures(): Promise<readonly Picture[]> {
  const cdnUrl = process.env.NEXT_PUBLIC_AURA_CDN_URL;
  const project = process.env.NEXT_PUBLIC_AURA_PROJECT_NAME;
  // Where the API has a host of its own.
  const apiUrl = process.env.AURA_API_URL ?? cdnUrl;
  const response = await fetch(`${apiUrl}/v1/projects/${project}/images?limit=24`, {
    headers: { Authorization: `Bearer ${process.env.AURA_SECRET_KEY}` },
    cache: 'no-store',
  });
  if (!response.ok) throw new Error(`The list of pictures answered ${response.status}`);
  const { images } = (await response.json()) as { images: readonly Omit<Picture, 'url'>[] };
  return Promise.all(
    images.map(async ({ key, visibility, blurhash, width, height }) => {
      const url = visibility === 'public' ? await getAura().urlFor(key) : await signPicture(key);
      return { key, visibility, blurhash, width, height, url };
    }),
  );
}

/** The same address for five minutes, so that the browser's cache works from page to page. */
export function signPicture(key: string): Promise<string> {
  return getAura().getSignedUrl(key, { expiresIn: 600, stableFor: 300 });
}
