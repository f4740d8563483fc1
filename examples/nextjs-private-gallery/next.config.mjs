/** @type {import('next').NextConfig} */
export default {
  cacheComponents: true,
  partialPrefetching: true,
  // Browsers load images from the CDN directly: the optimizer's cache does not check tokens.
  images: { loader: 'custom', loaderFile: './aura-loader.ts' },
};
