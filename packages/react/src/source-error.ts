const VARIABLES = {
  cdnUrl: 'NEXT_PUBLIC_AURA_CDN_URL',
  projectName: 'NEXT_PUBLIC_AURA_PROJECT_NAME',
};

/** Nobody said where the CDN is. The message names what is missing and every way to say it. */
export class AuraImageSourceError extends Error {
  override readonly name = 'AuraImageSourceError';
  constructor(problem: string, missing: readonly (keyof typeof VARIABLES)[]) {
    const props = missing.join(' and ');
    const variables = missing.map((prop) => VARIABLES[prop]).join(' and ');
    super(`${problem}: pass ${props}, use <AuraProvider>, or set ${variables}`);
  }
}
