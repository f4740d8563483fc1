import { parseS3Location } from '@auraimage/objects-s3/location';
import { parseSize } from '@auraimage/protocol';
import { parsePostgresLocation } from '@auraimage/records-sql';
import { z } from 'zod';
import { isProxyList } from './trusted-proxies.js';

// What the text of a variable may be; the words of an issue follow the variable's name.

/** Bytes, or a number with `kb`, `mb` or `gb`. */
export const size = z.string().transform((text, context) => {
  try {
    return parseSize(/^\d+$/.test(text) ? Number(text) : text);
  } catch {
    context.addIssue('give bytes or a size such as 500kb, 30mb or 2gb');
    return z.NEVER;
  }
});

/** A size where 0 stands for none. */
export const sizeOrNone = z.union([z.literal('0').transform(() => 0), size], {
  error: 'give 0 for none, or bytes or a size such as 500kb, 30mb or 2gb',
});

/** A whole number within bounds. */
export const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'give a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `at least ${min}`).max(max, `at most ${max}`));

/** Pixels with commas between them, smallest first. */
export const sizes = z.string().transform((text, context) => {
  const lengths = text.split(',').filter((part) => part.trim() !== '');
  if (lengths.every((part) => /^\s*[1-9]\d{0,3}\s*$/.test(part))) {
    return lengths.map(Number).sort((a, b) => a - b);
  }
  context.addIssue('give whole numbers of pixels up to 9999 with commas between them');
  return z.NEVER;
});

export const flag = z
  .enum(['true', 'false'], { error: 'give true or false' })
  .transform((text) => text === 'true');

/** Without a trailing slash. */
export const baseUrl = z
  .url({ protocol: /^https?$/, error: 'give an http or https URL such as https://cdn.example' })
  .refine((text) => !/[?#]/.test(text), 'give a URL without query and fragment')
  .transform((text) => text.replace(/\/+$/, ''));

/** An address that pages of a browser are at: nothing stands behind its host. */
export const origin = baseUrl.refine(
  (text) => new URL(text).pathname === '/',
  'give an address without a path: cookies and pages belong to a whole host',
);

/** Addresses and ranges of proxies with commas between them. */
export const proxies = z.string().transform((text, context) => {
  const list = text.split(',').map((part) => part.trim());
  const given = list.filter((part) => part !== '');
  if (isProxyList(given)) return given;
  context.addIssue('give addresses or ranges such as 127.0.0.1,10.0.0.0/8, or loopback');
  return z.NEVER;
});

/** 32 bytes. */
export const masterKey = z.string().transform((text, context) => {
  const hex = /^[0-9a-f]{64}$/i.test(text);
  const base64 = /^[\w+/-]{43}=?$/.test(text);
  if (hex || base64) return Buffer.from(text, hex ? 'hex' : 'base64');
  context.addIssue('give 32 bytes as 64 hexadecimal digits or as base64');
  return z.NEVER;
});

export const password = z
  .string()
  .min(12, 'give at least 12 characters')
  .max(128, 'give at most 128 characters');

/** A bucket. */
export const storage = z.string().transform((text, context) => {
  try {
    return parseS3Location(text);
  } catch (error) {
    context.addIssue(error instanceof Error ? error.message : String(error));
    return z.NEVER;
  }
});

/** A PostgreSQL database. What is wrong is said without a word of the text: it has a password. */
export const databaseUrl = z.string().transform((text, context) => {
  try {
    parsePostgresLocation(text);
    return text;
  } catch (error) {
    context.addIssue(error instanceof Error ? error.message : String(error));
    return z.NEVER;
  }
});

/** A part of a whole. */
export const share = z
  .string()
  .regex(/^(?:0|1|1\.0{1,9}|0?\.\d{1,9})$/, 'give a number from 0 to 1, such as 0.1')
  .transform(Number);

/** Header fields with commas between them. */
export const headerFields = z.string().transform((text, context) => {
  const pairs = text.split(',').map((pair) => /^\s*([!#$%&'*+.^`|~\w-]+)=(.*?)\s*$/.exec(pair));
  try {
    return Object.fromEntries(
      pairs.map((pair) => {
        if (pair === null) throw new Error('not a pair');
        const [, name = '', value = ''] = pair;
        return [name, decodeURIComponent(value)] as const;
      }),
    );
  } catch {
    context.addIssue('give name=value with commas between them, values percent-encoded');
    return z.NEVER;
  }
});

/** A variable with what a person needs to know about it. */
export function variable<S extends z.ZodType>(
  name: string,
  schema: S,
  fallback: string | undefined,
  meaning: string,
) {
  return {
    name,
    schema,
    fallback,
    meaning,
    secret: /(?:KEY|TOKEN|PASSWORD|HEADERS)$|^AURA_STORAGE$|^AURA_DATABASE_URL$/.test(name),
  };
}
