import { extendZodWithOpenApi } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';

extendZodWithOpenApi(z);

/** zod, extended with `.openapi()`, which describes a schema in the API document. */
export { z };

/** The path parameter of a project's routes. */
export const projectParam = z.object({
  project: z.string().openapi({ description: 'Name of the project', example: 'my-app' }),
});

/**
 * Schema of a time in JSON: ISO 8601 in UTC.
 *
 * @example
 * z.object({ createdAt: time('When it was uploaded') });
 */
export const time = (description?: string) =>
  z.string().openapi({
    format: 'date-time',
    example: '2026-11-25T08:30:00.000Z',
    ...(description === undefined ? {} : { description }),
  });

/**
 * Schema of an integer, 0 or more.
 *
 * @example
 * z.object({ size: whole('Bytes') });
 */
export const whole = (description: string) => z.number().int().min(0).openapi({ description });

/**
 * Schema of an integer in a query. Both bounds are inclusive.
 *
 * @example
 * z.object({ limit: wholeInQuery(1, 200, 50) });
 */
export const wholeInQuery = (minimum: number, maximum: number, byDefault: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${minimum} to ${maximum}`)
    .default(String(byDefault))
    .transform(Number)
    .refine((n) => n >= minimum && n <= maximum, `must be ${minimum} to ${maximum}`)
    .openapi({ type: 'integer', minimum, maximum, default: byDefault });

/** A display name: 1 to 100 printable characters. Surrounding white space is removed. */
export const givenName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'must be printable')
  .openapi({ example: 'production server' });

/**
 * Converts Unix milliseconds to ISO 8601 in UTC, as times are written in JSON.
 *
 * @example
 * iso(0); // '1970-01-01T00:00:00.000Z'
 */
export const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** Like {@link iso}; `null` stays `null`. */
export const isoOrNull = (milliseconds: number | null): string | null =>
  milliseconds === null ? null : iso(milliseconds);
