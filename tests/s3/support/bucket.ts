import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { openS3Stores, parseS3Location, type S3Stores } from '@auraimage/objects-s3';
import type { ObjectBody } from '@auraimage/ports';
import { inject } from 'vitest';
import { removeFolder } from '../../harness/remove.js';
import { temporaryFolder } from '../../harness/server.js';
import { type FaultProxy, startFaultProxy } from './fault-proxy.js';
import { keysIn } from './rados-gateway.js';

/** A new prefix in a real store, reached through a proxy that injects faults. */
export interface FaultyBucket {
  readonly proxy: FaultProxy;
  /** For operations that must succeed eventually, even on a busy machine. */
  readonly patient: S3Stores;
  /** For operations that must fail. */
  readonly hasty: S3Stores;
  /** The same prefix, without the proxy. */
  readonly direct: S3Stores;
  readonly spooled: () => Promise<readonly string[]>;
  /** All keys under the prefix, listed by the store itself. */
  readonly keys: () => Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function openFaultyBucket(): Promise<FaultyBucket> {
  const { endpoint, configFile, ...credentials } = inject('s3');
  const proxy = await startFaultProxy(endpoint);
  const prefix = randomUUID();
  const spoolFolder = await temporaryFolder();
  const open = (address: string, ms: number) =>
    openS3Stores({
      location: parseS3Location(`s3://faults/${prefix}?endpoint=${address}&create=true`),
      credentials,
      answerMs: ms,
      spoolFolder,
      partBytes: PART_BYTES,
      // `direct` has found the bucket; a busy machine may take longer than the others wait.
      onAway(problem) {
        if (address === endpoint) throw problem;
      },
    });
  const direct = await open(endpoint, 20_000);
  const patient = await open(proxy.endpoint, 3000);
  const hasty = await open(proxy.endpoint, 500);
  return {
    proxy,
    patient,
    hasty,
    direct,
    spooled: () => readdir(spoolFolder),
    keys: async () =>
      (await keysIn(configFile, 'faults')).filter((key) => key.startsWith(`${prefix}/`)),
    async close() {
      await Promise.all([patient, hasty, direct].map((stores) => stores.close()));
      await proxy.stop();
      await removeFolder(spoolFolder);
    },
  };
}

/** The smallest part that Amazon and Ceph accept. */
export const PART_BYTES = 5 * 1024 * 1024;

/** Uploads bytes, and discards them if that fails. */
export async function store(bytes: Buffer, { objects }: S3Stores) {
  const draft = await objects.create();
  try {
    for (let at = 0; at < bytes.length; at += 65_536) {
      await draft.write(bytes.subarray(at, at + 65_536));
    }
    return await draft.commit();
  } finally {
    await draft.discard();
  }
}

/** Every byte of a body. */
export async function collect(body: ObjectBody | null): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body?.stream() ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}
