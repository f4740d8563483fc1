/** Nobody said where the CDN is. The message names what is missing and every way to say it. */
export class AuraImageSourceError extends Error {
  override readonly name = 'AuraImageSourceError';
  constructor(problem: string, missing: readonly string[]) {
    const props = missing.join(' and ');
    super(`${problem}: pass ${props}, use <AuraProvider>, or set NEXT_PUBLIC_AURA_CDN_URL`);
  }
}
