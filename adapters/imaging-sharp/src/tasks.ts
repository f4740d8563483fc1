import type { FocusKind, RenderJob } from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';
import type { Input } from './input.js';

/** What a file may cost. */
export interface Limits {
  /** Most pixels, all frames together. */
  readonly maxPixels: number;
  readonly maxFrames: number;
}

/** What the server's process asks of a child. */
export type Task =
  | {
      readonly name: 'inspect';
      readonly input: Input;
      readonly type: MasterType;
      readonly limits: Limits;
    }
  | {
      readonly name: 'render';
      readonly input: Input;
      readonly job: RenderJob;
      readonly limits: Limits;
    }
  | {
      readonly name: 'focus';
      readonly input: Input;
      readonly type: MasterType;
      readonly kind: FocusKind;
    };
