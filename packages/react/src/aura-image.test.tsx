import { Window } from 'happy-dom';
import type { ReactElement } from 'react';
import { renderToStaticMarkup, renderToString } from 'react-dom/server';
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { AuraImage, type AuraImageProps, AuraProvider, getImageProps } from './index.js';
import { blurhashUrl } from './placeholder.js';

const PLAIN = 'https://cdn.example/my-app/abc123xyz0-photo.jpg';
const SIGNED = `${PLAIN}?token=a_b-c.d-e_f`;
const BLURHASH = 'LEHV6nWB2yk8pyo0adR*.7kCMdnj';

/** The page that a browser makes of it without a script. */
function page(element: ReactElement) {
  const { document } = new Window();
  document.body.innerHTML = renderToStaticMarkup(element);
  const image = document.querySelector('img');
  // React adds a preload of what has priority.
  const [outer, ...others] = document.querySelectorAll('body > :not(link)');
  if (image === null || outer === undefined) throw new Error('no image was rendered');
  return { image, outer, only: others.length === 0 };
}

/** Whether the `<img>` has what the pure function computes, and in its style at least that. */
function expectComputed(image: ReturnType<typeof page>['image'], props: AuraImageProps): void {
  const { style, ...attributes } = getImageProps(props);
  for (const [name, value] of Object.entries(attributes)) {
    expect(image.getAttribute(name.toLowerCase()), name).toBe(String(value));
  }
  const declared = image.getAttribute('style') ?? '';
  for (const [name, value] of Object.entries(style)) {
    const property = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    expect(declared).toContain(`${property}:${value}`);
  }
}

const CASES: readonly AuraImageProps[] = [
  { src: SIGNED, alt: 'A photo' },
  { src: SIGNED, alt: '', width: 400, height: 300 },
  { src: PLAIN, alt: '', width: 400, height: 300, fit: 'face', quality: 60, format: 'webp' },
  { src: PLAIN, alt: '', height: 40 },
  { src: PLAIN, alt: '', sizes: '50vw', priority: true },
  { src: SIGNED, alt: '', width: 400, placeholder: 'lqip' },
  { src: SIGNED, alt: '', width: 400, height: 300, blurhash: BLURHASH },
  { src: SIGNED, alt: '', width: 400, refreshUrl: () => SIGNED },
];

afterEach(() => vi.unstubAllEnvs());

describe('<AuraImage>', () => {
  it.each(CASES)('renders what getImageProps computes: %o', (props) => {
    const { image, only } = page(<AuraImage {...props} />);
    expectComputed(image, props);
    expect(image.getAttribute('alt')).toBe(props.alt);
    expect(image.getAttribute('style') ?? '').not.toContain('opacity');
    expect(only).toBe(true);
  });

  it('is a plain <img> with every other attribute', () => {
    const props = { className: 'photo', id: 'one', title: 'Harbour', style: { height: '100%' } };
    const { image, outer } = page(
      <AuraImage src={PLAIN} alt="" width={4} {...props} data-part="hero" />,
    );
    expect(outer).toBe(image);
    expect([image.className, image.id, image.title]).toEqual(['photo', 'one', 'Harbour']);
    expect(image.getAttribute('data-part')).toBe('hero');
    expect(image.getAttribute('style')).toContain('height:100%');
    for (const name of ['blurhash', 'placeholder', 'fit', 'quality', 'priority', 'cdnurl']) {
      expect(image.hasAttribute(name), name).toBe(false);
    }
  });

  it.each([
    ['blurhash', blurhashUrl(BLURHASH, 4 / 3)],
    ['lqip', `${SIGNED}&lqip=true`],
  ] as const)(
    'shows the %s behind the image, in a frame that takes className and style',
    (placeholder, url) => {
      const { image, outer } = page(
        <AuraImage
          src={SIGNED}
          alt=""
          width={400}
          height={300}
          placeholder={placeholder}
          blurhash={BLURHASH}
          className="photo"
          style={{ borderRadius: 8 }}
        />,
      );
      expect([outer.tagName, outer.className, image.className]).toEqual(['SPAN', 'photo', '']);
      expect(outer.getAttribute('style')).toContain('border-radius:8px');
      expect(outer.getAttribute('style')).toContain(`url("${url}")`);
    },
  );

  it.each([
    { blurhash: undefined },
    { blurhash: null },
    { blurhash: 'none', placeholder: 'blurhash' },
    { blurhash: BLURHASH, placeholder: 'empty' },
    { placeholder: 'blurhash' },
  ] as const)('has no frame without a placeholder: %o', (props) => {
    const { image, outer } = page(<AuraImage src={PLAIN} alt="" {...props} />);
    expect(outer).toBe(image);
  });

  it('takes the CDN from its props or the provider, and throws without one', () => {
    const image = <AuraImage src="my-app/abc123xyz0-photo.jpg" alt="" width={8} />;
    const given = (
      <AuraImage src="my-app/abc123xyz0-photo.jpg" alt="" width={8} cdnUrl="https://cdn.example" />
    );
    const provided = <AuraProvider cdnUrl="https://cdn.example">{image}</AuraProvider>;
    for (const element of [given, provided]) {
      expect(page(element).image.getAttribute('src')).toBe(`${PLAIN}?w=8`);
    }
    expect(() => renderToString(image)).toThrow(/pass cdnUrl/);
  });

  it('prefers the provider to the environment, and its props to both', () => {
    vi.stubEnv('NEXT_PUBLIC_AURA_CDN_URL', 'https://env.example');
    vi.stubEnv('NEXT_PUBLIC_AURA_PROJECT_NAME', 'env');
    const src = 'abc123xyz0-photo.jpg';
    const shown = (element: ReactElement) => page(element).image.getAttribute('src');
    const provided = (image: ReactElement) => (
      <AuraProvider cdnUrl="https://cdn.example" projectName="my-app">
        {image}
      </AuraProvider>
    );
    expect(shown(<AuraImage src={src} alt="" width={8} />)).toBe(
      'https://env.example/env/abc123xyz0-photo.jpg?w=8',
    );
    expect(shown(provided(<AuraImage src={src} alt="" width={8} />))).toBe(`${PLAIN}?w=8`);
    expect(shown(provided(<AuraImage src={src} alt="" width={8} projectName="own" />))).toBe(
      'https://cdn.example/own/abc123xyz0-photo.jpg?w=8',
    );
  });

  it.each([{ width: 40 }, { height: 40 }, {}])(
    'decodes the blurhash of an image of unknown aspect ratio as a square: %o',
    (size) => {
      const { outer } = page(<AuraImage src={PLAIN} alt="" blurhash={BLURHASH} {...size} />);
      expect(outer.getAttribute('style')).toContain(`url("${blurhashUrl(BLURHASH, 1)}")`);
    },
  );

  it('has types', () => {
    expectTypeOf<{ src: string; alt: string }>().toExtend<AuraImageProps>();
    expectTypeOf<{ src: string }>().not.toExtend<AuraImageProps>();
    expectTypeOf<{
      src: string;
      alt: string;
      srcSet: string;
    }>().not.toEqualTypeOf<AuraImageProps>();
    expectTypeOf<AuraImageProps>().not.toHaveProperty('srcSet');
    expectTypeOf<AuraImageProps['placeholder']>().toEqualTypeOf<
      'blurhash' | 'lqip' | 'empty' | undefined
    >();
    expectTypeOf<{
      src: string;
      alt: string;
      refreshUrl: () => Promise<string>;
    }>().toExtend<AuraImageProps>();
  });
});
