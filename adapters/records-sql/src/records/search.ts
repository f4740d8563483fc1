import { isGeneratedKey } from '@auraimage/protocol';

/** Start of the name in a generated key, after ten random characters and a dash. */
const NAME_AT = 11;
/** Most characters of the column. PostgreSQL's index entries have at most 2,704 bytes. */
const MAX_LENGTH = 512;

/**
 * What searches look into, in {@link searchForm}: the image's name and its file name. The random characters of a
 * generated key are no part of it: they would match short texts by chance.
 */
export function searchTextOf({
  key,
  fileName,
}: {
  readonly key: string;
  readonly fileName: string | null;
}): string {
  const name = isGeneratedKey(key) ? key.slice(NAME_AT) : key;
  return searchForm(fileName === null ? name : `${name}\n${fileName}`).slice(0, MAX_LENGTH);
}

/** Makes texts comparable that differ in case or in their Unicode form only. */
function searchForm(text: string): string {
  return text.normalize('NFKC').toLowerCase().normalize('NFC');
}

/**
 * The forms of a search to look for: the text itself and, if it differs, the text as a name would spell it. Names have
 * no spaces and no accents.
 *
 * @example
 * searchForms('Été à Paris'); // ['été à paris', 'ete-a-paris']
 */
export function searchForms(text: string): readonly string[] {
  const form = searchForm(text);
  const asName = form
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replaceAll('ß', 'ss')
    .trim()
    .replace(/\s+/g, '-');
  return asName === form || asName === '' ? [form] : [form, asName];
}
