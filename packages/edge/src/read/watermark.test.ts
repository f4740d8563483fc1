import type { ImageRecord, PresetWatermark } from '@auraimage/ports';
import { newImage, row } from '@auraimage/ports/contracts';
import { expect, it } from 'vitest';
import type { EdgePorts } from '../ports.js';
import { findWatermark } from './watermark.js';

const IMAGE = row(newImage('my-app', 1, {}));
const WATERMARK: PresetWatermark = {
  key: IMAGE.key,
  position: 'top-right',
  scale: 0.25,
  opacity: 0.8,
  tile: false,
};

function find(changes: Partial<PresetWatermark> = {}, image: ImageRecord | null = IMAGE) {
  const derived = { public: 'the public side', private: 'the private side' };
  const images = { find: async () => image && { image, masterMetadata: 'keep' } };
  const ports = { images, derived } as unknown as EdgePorts;
  return findWatermark(ports, 'my-app', { ...WATERMARK, ...changes });
}

it('the watermark of a preset has its image, with the public side', async () => {
  expect(await find()).toEqual({
    source: { image: IMAGE, derived: 'the public side', masterMetadata: 'keep' },
    at: { x: 1, y: 0 },
    scale: 0.25,
    opacity: 0.8,
    tile: false,
    id: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
});

it('the id of a watermark stands for its bytes and for how it is drawn', async () => {
  const { id } = await find();
  expect((await find({}, { ...IMAGE, key: 'renamed', version: 9 })).id).toBe(id);
  const others = await Promise.all([
    find({}, { ...IMAGE, sha256: 'f'.repeat(64) }),
    find({ position: 'top' }),
    find({ scale: 0.250001 }),
    find({ opacity: 0.25, scale: 0.8 }),
    find({ tile: true }),
  ]);
  expect(new Set([id, ...others.map((each) => each.id)]).size).toBe(6);
});

it('a watermark that is deleted or private is an error of its own', async () => {
  for (const image of [null, { ...IMAGE, visibility: 'private' as const }]) {
    await expect(find({}, image)).rejects.toMatchObject({ code: 'watermark_missing' });
  }
});
