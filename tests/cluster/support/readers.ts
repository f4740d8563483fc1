import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ReadKind, readOnce, type Seen, type Target } from './reads.js';

/** A picture as readers know it. */
export interface KnownImage {
  readonly project: string;
  readonly key: string;
  readonly kinds: readonly ReadKind[];
  /** A serve token for it. */
  readonly token: string;
}

/** So many readers through one server, with a token or without. */
export interface ReaderPlan {
  readonly target: Target;
  readonly signed: boolean;
  readonly count: number;
}

/** Readers that read again and again, each on a connection of its own, until they are told to end. */
export interface Readers {
  /** Everything that any of them saw. */
  readonly seen: readonly Seen[];
  /** Lets every read under way end, and no further one begin. */
  end(): Promise<void>;
}

export interface ReaderHabits {
  /** Key of the image that a reader should turn to next; else it takes them in turn. */
  readonly next?: (plan: ReaderPlan) => string | undefined;
  readonly onSeen?: (seen: Seen) => void;
  /** Milliseconds that a reader rests where it is free to choose: the rest of the machine works, too. */
  readonly restMs?: number;
}

/** Each reader goes through the images and the kinds of reads, beginning at a place of its own. */
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
      // Whom nobody answers would come back at once, without end.
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
