import type { Gravity } from '@auraimage/protocol';
import type { ChangeOrigin } from './images.js';

/** Another image of the project, drawn over a picture. */
export interface PresetWatermark {
  /** A public image of the same project. */
  readonly key: string;
  readonly position: Gravity;
  /** Its width as a share of the picture's width, above 0 and at most 1. */
  readonly scale: number;
  /** Above 0, and at most 1, which is the image as it is. */
  readonly opacity: number;
  /** Whether it is repeated over the whole picture, from its position. */
  readonly tile: boolean;
}

/** What a read needs of a preset. */
export interface PresetRules {
  /** A transform as `parsePreset` of the protocol writes it. */
  readonly transform: string;
  /** Whether private images are shown through it without a token. */
  readonly open: boolean;
  readonly watermark: PresetWatermark | null;
}

/** A named transform of a project. */
export interface Preset extends PresetRules {
  readonly name: string;
  /** Unix milliseconds. */
  readonly updatedAt: number;
}

/**
 * What storing a preset did. `folder_exists`: an image of the project has a name that begins with the preset's name and
 * a slash. `watermark_missing`: the project has no public image with the key of the watermark.
 */
export type StoredPreset =
  | { readonly preset: Preset; readonly created: boolean }
  | 'folder_exists'
  | 'limit_reached'
  | 'project_missing'
  | 'watermark_missing';

/**
 * Presets of projects. No preset has the name of a folder with images, and no image gets a name in a folder with the
 * name of a preset, so that an address has one meaning ({@link ImageRecords.insert}).
 *
 * A method that resolves with a change has committed it durably, in one transaction with its audit entry: every later
 * read in every process sees it.
 */
export interface PresetRecords {
  /** Every call sees the latest commit. `null` for an unknown project or preset; both may be any text. */
  find(project: string, name: string): Promise<PresetRules | null>;
  /** All presets of a project, by name. */
  list(projectId: string): Promise<readonly Preset[]>;
  /**
   * Adds a preset, or replaces the one with its name. Writes nothing when it is the same.
   *
   * @param limit most presets of the project, this one included
   */
  put(
    projectId: string,
    preset: Omit<Preset, 'updatedAt'>,
    limit: number,
    origin: ChangeOrigin,
  ): Promise<StoredPreset>;
  /** Resolves with `false` for an unknown preset. */
  remove(projectId: string, name: string, origin: ChangeOrigin): Promise<boolean>;
}
