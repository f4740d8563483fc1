/** @type {import('next').NextConfig} */
export default {
  // Browsers get pictures from the CDN itself: the optimizer's cache knows nothing of tokens.
  images: { loader: 'custom', loaderFile: './aura-loader.ts' },
};
