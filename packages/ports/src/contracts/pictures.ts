import type { MasterType, VariantFormat } from '@auraimage/protocol';
import type { Inspection, ObjectBody } from '../index.js';

/** A file that the engine accepts. */
export interface SamplePicture {
  readonly name: string;
  readonly type: MasterType;
  /** Pixels as shown. */
  readonly width: number;
  readonly height: number;
  /** If more than 1, half of the file may be a valid picture too. */
  readonly frames: number;
  readonly hasAlpha: boolean;
  readonly make: () => Promise<Uint8Array>;
}

/** A file that the engine refuses. `type` is the type by its first bytes. */
export interface SampleRefusal {
  readonly name: string;
  readonly type: MasterType;
  readonly code: Extract<Inspection, { ok: false }>['code'];
  /** Whether a decoder works on it for seconds. Then it is inspected, but not rendered. */
  readonly isSlow?: boolean;
  readonly make: () => Promise<Uint8Array>;
}

/** The files of the suite. */
export interface EngineSamples {
  /** At least one of each type, an animation and one with an EXIF orientation among them. */
  readonly pictures: readonly SamplePicture[];
  readonly refusals: readonly SampleRefusal[];
  /**
   * Whether every picture is rendered in every format, and the focus is sought in every file. Otherwise all are rendered
   * in WebP, one picture and one animation in the other formats, faces are sought in two types, and the focus in one
   * broken file of each type.
   */
  readonly isLong: boolean;
  /** `false`: the engine finds neither focus nor border apart from a job. */
  readonly isSearching?: boolean;
  /**
   * Where a simulation of the engine's service makes the variants: the formats that it makes. It keeps the first frame
   * only, and its canvas is not transparent.
   */
  readonly simulatedFormats?: readonly VariantFormat[];
}

export function bodyOf(file: Uint8Array): ObjectBody {
  const bytes = new Uint8Array(file);
  return { length: bytes.length, bytes, stream: () => new Blob([bytes]).stream() };
}

export function streamOf(file: Uint8Array): ObjectBody {
  const { length, stream } = bodyOf(file);
  return { length, stream };
}
