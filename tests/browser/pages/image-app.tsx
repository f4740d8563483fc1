import { AuraImage, type AuraImageProps } from '@auraimage/react';
import { useEffect } from 'react';

/** What a test gives the page, as JSON. */
export interface ImagePageProps {
  readonly image: AuraImageProps;
  /** Whether the image asks the test for a new address. */
  readonly renews?: boolean;
}

declare global {
  /** The tests' own, in the page. */
  var renew: (expired: string) => Promise<string>;
  var expired: () => void;
}

/** Rendered on the server and in the browser. */
export function ImageApp({ image, renews = false }: ImagePageProps) {
  const renewal = {
    refreshUrl: (url: string) => globalThis.renew(url),
    onExpired: () => globalThis.expired(),
  };
  useEffect(() => {
    document.documentElement.dataset['alive'] = 'yes';
  }, []);
  return (
    <main>
      <h1>An image</h1>
      <AuraImage {...image} {...(renews ? renewal : {})} />
      <p id="after">After it.</p>
    </main>
  );
}
