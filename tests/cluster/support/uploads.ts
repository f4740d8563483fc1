import { setTimeout as sleep } from 'node:timers/promises';
import type { AuraImage } from '@auraimage/sdk';
import { shortOrLong } from '../../harness/long.js';
import { postUpload, type Uploaded } from '../../harness/upload.js';
import { uniqueCopy } from '../../heavy/support/images.js';
import type { Trouble } from './history.js';
import { sha256, type Target } from './reads.js';

/** The result of one upload. */
export interface Sent {
  readonly through: string;
  readonly sha256: string;
  /** `performance.now()` before it was sent, and when its response arrived or failed. */
  readonly began: number;
  readonly ended: number;
  /** 0: the connection failed. */
  readonly status: number;
  /** `X-Aura-Error`. */
  readonly code: string;
  /** Only for a 201. */
  readonly key: string;
}

export interface Uploaders {
  readonly sent: readonly Sent[];
  /** Waits for uploads in progress and starts no more. */
  end(): Promise<void>;
}

/** Pause between two uploads, in milliseconds: their time matters, not their number. */
const REST_MS = shortOrLong(500, 60);

/** One uploader for each server, which uploads different files serially. */
export function startUploaders(
  aura: AuraImage,
  servers: readonly Target[],
  files: readonly Buffer[],
): Uploaders {
  const sent: Sent[] = [];
  let ending = false;
  const upload = async ({ name, url }: Target): Promise<void> => {
    for (let turn = 0; !ending; turn++) {
      const file = uniqueCopy(files[turn % files.length] as Buffer);
      const visibility = turn % 3 === 0 ? 'public' : 'private';
      const token = await aura.signUpload({ visibility });
      const began = performance.now();
      const outcome = await outcomeOf(postUpload(url, token, file, 'noise.png'));
      sent.push({
        through: name,
        sha256: sha256(file),
        began,
        ended: performance.now(),
        ...outcome,
      });
      await sleep(REST_MS);
    }
  };
  const all = servers.map(upload);
  return {
    sent,
    async end() {
      ending = true;
      await Promise.all(all);
    },
  };
}

async function outcomeOf(
  answer: Promise<Response>,
): Promise<Pick<Sent, 'status' | 'code' | 'key'>> {
  try {
    const response = await answer;
    const body = (await response.json()) as Partial<Uploaded> & { message?: string };
    const code = response.headers.get('X-Aura-Error') ?? '';
    const isTold = response.status === 201 || (code !== '' && body.message !== undefined);
    return { status: response.status, code: isTold ? code : 'no message', key: body.key ?? '' };
  } catch (error) {
    return { status: 0, code: String(error), key: '' };
  }
}

/** Describes a forbidden response to an upload; an empty text if there is none. */
export function complaintOf(sent: Sent, troubles: readonly Trouble[]): string {
  const { status, code, through, began, ended } = sent;
  const own = troubles.filter(
    ({ servers, from, until }) =>
      servers.includes(through) && from <= ended && began <= until + GRACE_MS,
  );
  if (status === 201) return '';
  const isFull =
    status === 507 && code === 'storage_full' && own.some(({ what }) => /disk/.test(what));
  const isAway =
    own.length > 0 && (status === 0 || (status === 503 && code === 'storage_unavailable'));
  return isFull || isAway ? '' : `upload through ${through}: ${status} ${code}`;
}

const GRACE_MS = 3000;
