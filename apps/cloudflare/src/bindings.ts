import type { ImagesBinding } from '@auraimage/imaging-cloudflare';
import type { LimitsNamespace } from '@auraimage/limits/durable-object';
import type { R2Bucket } from '@auraimage/objects-r2';
import type { D1Binding } from '@auraimage/records-sql/d1';

/** What wrangler.jsonc binds, and the variables and secrets. */
export interface Bindings {
  readonly DB: D1Binding;
  readonly MASTERS: R2Bucket;
  readonly IMAGES: ImagesBinding;
  readonly ASSETS: Assets;
  readonly LIMITS: LimitsNamespace;
}

/** The static files, as the Worker gets them. */
export interface Assets {
  fetch(request: Request): Promise<Response>;
}
