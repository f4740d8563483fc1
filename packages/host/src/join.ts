import type { ObjectRow, ObjectRows, StoredObject } from '@auraimage/ports';

const PAGE = 1000;

/** An object and its row; one of them may be missing. */
export type Pair =
  | { readonly object: StoredObject; readonly row: ObjectRow | null }
  | { readonly object: null; readonly row: ObjectRow };

/**
 * Merges objects and rows, both in order of object ids, with a page of each in memory. Concurrent changes may be
 * seen or not.
 *
 * @param prefix of the ids of all these objects: others have rows, too, which are left out
 * @throws if the store does not list in order: then nothing would match
 */
export async function* joinWithRows(
  objects: AsyncIterable<readonly StoredObject[]>,
  rows: ObjectRows,
  prefix = '',
): AsyncGenerator<Pair> {
  const left = items(objects)[Symbol.asyncIterator]();
  const right = allRows(rows, prefix)[Symbol.asyncIterator]();
  let object = await next(left);
  let row = await next(right);
  let last = '';
  while (object !== null || row !== null) {
    if (object !== null && (row === null || object.id <= row.objectId)) {
      if (object.id <= last) throw new Error('the object store does not list its objects in order');
      last = object.id;
      const named = row !== null && row.objectId === object.id ? row : null;
      yield { object, row: named };
      object = await next(left);
      if (named !== null) row = await next(right);
    } else if (row !== null) {
      yield { object: null, row };
      row = await next(right);
    }
  }
}

/** Every row whose object id begins with a text, object ids ascending. */
export async function* allRows(rows: ObjectRows, prefix = ''): AsyncGenerator<ObjectRow> {
  let last = prefix;
  for (;;) {
    const page = await rows.after(last, PAGE);
    for (const row of page) {
      if (!row.objectId.startsWith(prefix)) return;
      yield row;
    }
    last = page.at(-1)?.objectId ?? '';
    if (page.length < PAGE) return;
  }
}

async function* items<T>(pages: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const page of pages) yield* page;
}

async function next<T>(iterator: AsyncIterator<T>): Promise<T | null> {
  const { value, done } = await iterator.next();
  return done ? null : value;
}
