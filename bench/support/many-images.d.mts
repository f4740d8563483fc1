/** See many-images.mjs; the tests, which are TypeScript, use it too. */
export function copyImages(options: {
  readonly dataDir: string;
  readonly project: string;
  readonly count: number;
  readonly hasFile: (place: number) => boolean;
}): Promise<void>;
