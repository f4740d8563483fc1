import type { Api } from '../api.js';
import type { Uploaded } from '../api-types.js';

/** A blue square of 32×32 pixels, as PNG. */
const SQUARE =
  'iVBORw0KGgoAAAANSUhEUgAAACAAAAAgAQMAAABJtOi3AAAAA1BMVEVQeKD69kN8AAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADElEQVQImWNgGNwAAACgAAHlG0+uAAAAAElFTkSuQmCC';

/** A private image that is there for the time of a check. */
export interface ThrowAway {
  readonly image: Uploaded;
  readonly bytes: Uint8Array;
}

/** Uploads the image through the same door as an app's users. */
export async function uploadThrowAway(api: Api, project: string): Promise<ThrowAway> {
  const bytes = new Uint8Array(Buffer.from(SQUARE, 'base64'));
  const signature = await api.signUpload({
    projectName: project,
    maxSize: bytes.length,
    allowedTypes: ['image/png'],
    expiresIn: 60,
    visibility: 'private',
  });
  const file = new Blob([bytes], { type: 'image/png' });
  return { image: await api.upload(signature, file, 'aura-doctor.png'), bytes };
}
