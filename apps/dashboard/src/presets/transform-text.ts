/** Options that the form has fields for, in the order of the text. */
const FIELDS = ['w', 'h', 'fit', 'q', 'fmt'] as const;

/** The transform of a preset as the form shows it. Empty fields are options that it does not have. */
export type TransformFields = Readonly<Record<(typeof FIELDS)[number] | 'others', string>>;

const NONE: TransformFields = { w: '', h: '', fit: '', q: '', fmt: '', others: '' };

/**
 * Splits a transform into the fields of the form; what none of them shows is in `others`.
 *
 * @example
 * fieldsOf('w=640,fit=auto,gray=true'); // { w: '640', fit: 'auto', others: 'gray=true', … }
 */
export function fieldsOf(transform: string): TransformFields {
  const fields: Record<keyof TransformFields, string> = { ...NONE };
  const others: string[] = [];
  for (const option of transform.split(',').filter((each) => each !== '')) {
    const [name = '', ...value] = option.split('=');
    const field = FIELDS.find((each) => each === name);
    if (field === undefined || fields[field] !== '') others.push(option);
    else fields[field] = value.join('=');
  }
  return { ...fields, others: others.join(',') };
}

/** The transform that the fields say, as the server takes it. */
export function transformOf(fields: TransformFields): string {
  const given = FIELDS.map((name) => [name, fields[name].trim()] as const)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}=${value}`);
  const others = fields.others
    .split(',')
    .map((option) => option.trim())
    .filter((option) => option !== '');
  return [...given, ...others].join(',');
}

/**
 * An address of an image through a transform that is not saved: the transform is the first piece after the project.
 *
 * @param url of the image, with or without a token
 */
export function transformedUrl(url: string, project: string, transform: string): string {
  const address = new URL(url);
  const segment = encodeURIComponent(transform).replaceAll('%3D', '=').replaceAll('%2C', ',');
  const [before, after] = splitAt(address.pathname, `/${project}/`);
  address.pathname = `${before}${segment}/${after}`;
  return address.href;
}

function splitAt(text: string, end: string): readonly [string, string] {
  const at = text.indexOf(end) + end.length;
  return [text.slice(0, at), text.slice(at)];
}
