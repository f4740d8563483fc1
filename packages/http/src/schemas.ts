import { extendZodWithOpenApi } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';

extendZodWithOpenApi(z);

/** zod with `.openapi()`, which describes a schema in the API's document. */
export { z };

/** The path parameter of a project's routes. */
export const projectParam = z.object({
  project: z.string().openapi({ description: 'Name of the project', example: 'my-app' }),
});

/** A time in JSON: ISO 8601 in UTC. */
export const time = (description?: string) =>
  z.string().openapi({
    format: 'date-time',
    example: '2026-11-25T08:30:00.000Z',
    ...(description === undefined ? {} : { description }),
  });

/** A whole number, 0 or more. */
export const whole = (description: string) => z.number().int().min(0).openapi({ description });

/** A whole number in a query; both bounds are allowed. */
export const wholeInQuery = (minimum: number, maximum: number, byDefault: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${minimum} to ${maximum}`)
    .default(String(byDefault))
    .transform(Number)
    .refine((n) => n >= minimum && n <= maximum, `must be ${minimum} to ${maximum}`)
    .openapi({ type: 'integer', minimum, maximum, default: byDefault });

/** A name that people give: 1 to 100 printable characters; spaces around them are dropped. */
export const givenName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'must be printable')
  .openapi({ example: 'production server' });

/** Unix milliseconds as they stand in JSON. */
export const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
export const isoOrNull = (milliseconds: number | null): string | null =>
  milliseconds === null ? null : iso(milliseconds);
