import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const APP = fileURLToPath(new URL('../../..', import.meta.url));

/** What wrangler.jsonc says, as far as it holds on this machine. */
interface Deployed {
  readonly compatibility_date: string;
  readonly compatibility_flags: readonly string[];
  readonly assets: {
    readonly html_handling: 'none';
    readonly not_found_handling: 'none';
    readonly run_worker_first: boolean;
  };
}

function readDeployed(): Deployed {
  const text = readFileSync(join(APP, 'wrangler.jsonc'), 'utf8');
  return JSON.parse(text.replaceAll(/^\s*\/\/.*$/gm, '')) as Deployed;
}

/** The date and the flags of the deployed Worker, as Miniflare takes them. */
export function compatibility(deployed = readDeployed()) {
  return {
    compatibilityDate: deployed.compatibility_date,
    compatibilityFlags: [...deployed.compatibility_flags],
  };
}

/**
 * Options of Miniflare for the Worker as it is deployed: all but its modules, variables and log.
 *
 * @param dataDir folder in which the stores keep what they have
 */
export function deployedOptions(dataDir: string) {
  const deployed = readDeployed();
  return {
    ...compatibility(deployed),
    d1Databases: ['DB'],
    r2Buckets: ['MASTERS'],
    images: { binding: 'IMAGES' },
    durableObjects: { LIMITS: { className: 'LimitsObject', useSQLite: true } },
    assets: {
      directory: join(APP, 'dist/assets'),
      binding: 'ASSETS',
      routerConfig: {
        invoke_user_worker_ahead_of_assets: deployed.assets.run_worker_first,
        has_user_worker: true,
      },
      assetConfig: {
        html_handling: deployed.assets.html_handling,
        not_found_handling: deployed.assets.not_found_handling,
      },
    },
    d1Persist: join(dataDir, 'd1'),
    r2Persist: join(dataDir, 'r2'),
    durableObjectsPersist: join(dataDir, 'limits'),
    cachePersist: join(dataDir, 'cache'),
    imagesPersist: false,
  };
}
