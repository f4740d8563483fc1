import { describe, expect, it } from 'vitest';
import { boundsOf } from './bounds.js';
import { readConfig } from './config.js';

const MB = 2 ** 20;
const GB = 2 ** 30;
const DEFAULTS = { maxUploadBytes: 30 * MB, uploadsPerMinute: 120, cacheDiskBytes: 2 * GB };
const LARGE = { openFiles: 1_048_576, memory: 64 * GB };

describe('boundsOf', () => {
  it('is part of the settings', () => {
    expect(readConfig({ AURA_MAX_UPLOAD_SIZE: '1gb' })).toMatchObject({ uploadSeconds: 3600 });
  });

  it.each([
    [1, 300],
    [30, 300],
    [100, 800],
    [450, 3600],
    [5000, 3600],
  ])(
    'gives an upload of %d MB the time that a slow client needs, at most an hour',
    (size, time) => {
      const given = { ...DEFAULTS, maxUploadBytes: size * MB };
      expect(boundsOf(given, LARGE).uploadSeconds).toBe(time);
    },
  );

  it('lets a project take ten times as many uploads as a client', () => {
    const { uploadsPerClient, uploadsPerProject } = boundsOf(DEFAULTS, LARGE);
    expect([uploadsPerClient, uploadsPerProject]).toEqual([120, 1200]);
  });

  it.each([
    [undefined, 10_000],
    [1_048_576, 10_000],
    [20_768, 10_000],
    [4096, 1664],
    [1024, 320],
    [256, 1],
  ])('with %j file descriptors bounds the connections to %d', (openFiles, connections) => {
    expect(boundsOf(DEFAULTS, { ...LARGE, openFiles }).maxConnections).toBe(connections);
  });

  it.each([700, 1024, 4096, 20_256, 20_768])(
    'of %d file descriptors leaves 256 to the rest of the process',
    (openFiles) => {
      const { maxConnections, maxKeptFiles } = boundsOf(DEFAULTS, { ...LARGE, openFiles });
      expect(2 * maxConnections + maxKeptFiles).toBeLessThanOrEqual(openFiles - 256);
    },
  );

  it.each([
    [0, 64, 0],
    [2, 64, 64],
    [32, 64, 1024],
    [1024, 64, 4096],
    [32, 0.5, 32],
  ])('of a cache of %d GB keeps in %d GB of memory %d MB', (disk, memory, kept) => {
    const given = { ...DEFAULTS, cacheDiskBytes: disk * GB };
    const machine = { ...LARGE, memory: memory * GB };
    expect(boundsOf(given, machine).cacheMemoryBytes).toBe(kept * MB);
  });
});
