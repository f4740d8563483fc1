import type { FoundImage, ImageRecords } from '@auraimage/ports';
import type { InferResult, Kysely } from 'kysely';
import { type SecretCipher, serveSecretContext } from '../database/cipher.js';
import type { SqlConnection } from '../database/connection.js';
import type { Database } from '../database/schema.js';
import { toRecord } from './image-rows.js';
import { liveProjects } from './projects.js';

/** Most terms of a UNION on D1. */
const MAX_TERMS = 5;
/** Most images of a project that `newest` returns. */
const MAX_NEWEST = 10;

/** Images with what decides about their reads. */
export function createFoundImages(
  db: Kysely<Database>,
  cipher: SecretCipher,
  { prepareRead, hex }: Pick<SqlConnection, 'prepareRead' | 'hex'>,
): Pick<ImageRecords, 'find' | 'newest'> {
  const foundRows = () =>
    liveProjects(db)
      .innerJoin('images', 'images.project_id', 'projects.id')
      .selectAll('images')
      // As text: the garbage collection of a Buffer per blob would take longer than the read.
      .select([
        hex('projects.serve_secret').as('serve_secret'),
        hex('projects.previous_serve_secret').as('previous_serve_secret'),
        'projects.previous_until',
        'projects.rotations',
        'projects.unsigned_transforms',
        'projects.master_metadata',
      ]);
  type FoundRow = InferResult<ReturnType<typeof foundRows>>[number];
  const toFound = (row: FoundRow, project: string): FoundImage => ({
    image: toRecord(project, row),
    serveSecrets: serveSecretsOf(row, cipher),
    rotationsSinceRevoked: row.rotations - row.links_revoked_rotations,
    unsignedTransforms: row.unsigned_transforms,
    masterMetadata: row.master_metadata,
  });
  const find = prepareRead(
    foundRows().where('projects.name', '=', '').where('images.key', '=', '').compile(),
    toFound,
  );

  return {
    find: ({ project, key }, batch) => find(project, key, batch),

    async newest(projects, count) {
      if (!Number.isInteger(count) || count < 1 || count > MAX_NEWEST) {
        throw new RangeError(`count must be 1 to ${MAX_NEWEST}`);
      }
      // One term per project, each of which reads a few entries of an index.
      const newestOf = (name: string) =>
        db
          .selectFrom(
            foundRows()
              .select('projects.name as project_name')
              .where('projects.name', '=', name)
              // PostgreSQL would sort all images of the project if it did not know that this is one value.
              .where(
                'images.project_id',
                '=',
                liveProjects(db).select('projects.id').where('projects.name', '=', name),
              )
              .orderBy('images.created_at', 'desc')
              .orderBy('images.key', 'desc')
              .limit(count)
              .as('newest'),
          )
          .selectAll();
      const found: FoundImage[] = [];
      for (let start = 0; start < projects.length; start += MAX_TERMS) {
        const some = projects.slice(start, start + MAX_TERMS);
        const [first, ...others] = some.map(newestOf);
        if (first === undefined) break;
        const all = others.reduce((query, one) => query.unionAll(one), first);
        const rows = await all.orderBy('created_at', 'desc').orderBy('key', 'desc').execute();
        for (const name of some) {
          const own = rows.filter((row) => row.project_name === name);
          found.push(...own.map((row) => toFound(row, name)));
        }
      }
      return found;
    },
  };
}

/** Ciphertexts in hexadecimal, empty for none. */
interface ServeSecretColumns {
  readonly project_id: string;
  readonly serve_secret: string;
  readonly previous_serve_secret: string;
  readonly previous_until: number | null;
}

/** Decrypts on first use: most reads are of public images. */
function serveSecretsOf(row: ServeSecretColumns, cipher: SecretCipher): FoundImage['serveSecrets'] {
  const open = (hex: string) =>
    cipher.decrypt(Buffer.from(hex, 'hex'), serveSecretContext(row.project_id));
  let current: readonly [string] | undefined;
  let both: readonly [string, string] | undefined;
  return (now) => {
    current ??= [open(row.serve_secret)];
    if (row.previous_serve_secret === '' || (row.previous_until ?? 0) <= now) return current;
    both ??= [...current, open(row.previous_serve_secret)];
    return both;
  };
}
