import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ReadKind, readOnce, type Seen, type Target } from './reads.js';

/** A picture that readers request. */
export interface KnownImage {
  readonly project: string;
  readonly key: string;
  readonly kinds: readonly ReadKind[];
  /** A serve token for it. */
  readonly token: string;
}

/** A number of readers through one server, with or without a token. */
export interface ReaderPlan {
  readonly target: Target;
  readonly signed: boolean;
  readonly count: number;
}

/** Readers that read continuously, each on its own connection, until they are stopped. */
export interface Readers {
  /** All results. */
  readonly seen: readonly Seen[];
  /** Waits for reads in progress and starts no more. */
  end(): Promise<void>;
}

export interface ReaderHabits {
  /** Key of the image that a reader should read next; otherwise it cycles through them. */
  readonly next?: (plan: ReaderPlan) => string | undefined;
  readonly onSeen?: (seen: Seen) => void;
  /** Pause between two reads in milliseconds, unless one is urgent: other processes need the CPU too. */
  readonly restMs?: number;
}

/** Each reader cycles through the images and the kinds of reads, from its own starting point. */
export function startReaders(
  images: readonly KnownImage[],
  plans: readonly ReaderPlan[],
  { next, onSeen, restMs = 0 }: ReaderHabits = {},
): Readers {
  const seen: Seen[] = [];
  const agents: Agent[] = [];
  let ending = false;

  const read = async (plan: ReaderPlan, start: number): Promise<void> => {
    const { target, signed } = plan;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    agents.push(agent);
    for (let turn = start; !ending; turn++) {
      const wanted = next?.(plan);
      const inTurn = images[turn % images.length] as KnownImage;
      const image = images.find(({ key }) => key === wanted) ?? inTurn;
      const kind = image.kinds[Math.floor(turn / images.length) % image.kinds.length] as ReadKind;
      const result = await readOnce({
        image,
        kind,
        target,
        token: signed ? image.token : '',
        agent,
      });
      seen.push(result);
      onSeen?.(result);
      // Without a pause, a reader of an unavailable server would retry in a busy loop.
      if (result.status === 0) await sleep(20);
      else if (wanted === undefined && restMs > 0) await sleep(restMs);
    }
  };

  let reader = 0;
  const all = plans.flatMap((plan) =>
    Array.from({ length: plan.count }, () => read(plan, 7 * reader++)),
  );
  return {
    seen,
    async end() {
      ending = true;
      await Promise.all(all);
      for (const agent of agents) agent.destroy();
    },
  };
}
