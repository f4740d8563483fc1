import { AuraImage, AuraProvider } from '@auraimage/react';
import Image from 'next/image';
import { Suspense } from 'react';
import { listPictures, type Picture } from '../lib/pictures';
import { isSignedIn } from '../lib/session';
import { enter, renew, setVisibility } from './actions';
import { Uploader } from './uploader';

export default function Page() {
  return (
    <Suspense fallback={<p>Loading…</p>}>
      <Gallery />
    </Suspense>
  );
}

async function Gallery() {
  // Check the session before anything is loaded or signed.
  if (!(await isSignedIn())) return <SignIn />;
  const pictures = await listPictures();
  const [newest] = pictures;
  return (
    <AuraProvider refreshUrls={renew}>
      <Uploader />
      {newest && (
        <Image
          src={newest.url}
          alt={`Newest: ${newest.key}`}
          width={800}
          height={Math.round((800 * newest.height) / newest.width)}
          style={{ maxWidth: '100%', height: 'auto' }}
          preload
        />
      )}
      <ul className="gallery">
        {pictures.map((picture) => (
          <Tile key={picture.key} picture={picture} />
        ))}
      </ul>
    </AuraProvider>
  );
}

function Tile({ picture }: { readonly picture: Picture }) {
  const { key, url, blurhash, visibility } = picture;
  const isPublic = visibility === 'public';
  return (
    <li>
      <AuraImage src={url} alt={key} width={224} height={168} fit="cover" blurhash={blurhash} />
      <form action={setVisibility}>
        <input type="hidden" name="key" value={key} />
        <input type="hidden" name="visibility" value={isPublic ? 'private' : 'public'} />
        <span>{isPublic ? 'Anyone can open it.' : 'Only you can open it.'}</span>{' '}
        <button type="submit" aria-label={`${isPublic ? 'Hide' : 'Publish'} ${key}`}>
          {isPublic ? 'Hide' : 'Publish'}
        </button>
      </form>
    </li>
  );
}

function SignIn() {
  return (
    <form action={enter}>
      <label>
        Password <input type="password" name="password" autoComplete="current-password" required />
      </label>{' '}
      <button type="submit">Sign in</button>
    </form>
  );
}
