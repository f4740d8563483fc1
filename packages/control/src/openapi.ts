import { ERRORS, type ErrorCode } from '@auraimage/protocol';
import { z } from '@hono/zod-openapi';

/** What describes a route beyond its own schemas. */

/** Security of a route that sessions and CLI tokens open. */
export const SIGNED_IN = [{ session: [] }, { cliToken: [] }];

/** Security of a route that only one of the two opens. */
export const SESSION = [{ session: [] }];
export const CLI_TOKEN = [{ cliToken: [] }];

export const SIGNED_IN_ERRORS = [
  'sign_in_required',
  'credential_invalid',
  'cross_site_request',
] as const satisfies readonly ErrorCode[];

export const IN_PROJECT_ERRORS = [
  ...SIGNED_IN_ERRORS,
  'project_not_found',
] as const satisfies readonly ErrorCode[];

export const BODY_ERRORS = [
  'json_required',
  'json_malformed',
  'json_too_large',
  'field_invalid',
] as const satisfies readonly ErrorCode[];

/** The path parameter of {@link Guards.inProject}. */
export const projectParam = z.object({
  project: z.string().openapi({ description: 'Name of the project', example: 'my-app' }),
});

const errorBody = z
  .object({
    message: z.string().openapi({
      description: 'For people: its wording may improve',
      example: ERRORS.project_not_found.message,
    }),
  })
  .openapi('Error');

/** A time in JSON. */
export const time = (description?: string) =>
  z.string().openapi({
    format: 'date-time',
    example: '2026-11-25T08:30:00.000Z',
    ...(description === undefined ? {} : { description }),
  });

/** A whole number. */
export const whole = (description: string) => z.number().int().min(0).openapi({ description });

/** A whole number in a query, within bounds that are both allowed. */
export const wholeInQuery = (minimum: number, maximum: number, byDefault: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${minimum} to ${maximum}`)
    .default(String(byDefault))
    .transform(Number)
    .refine((n) => n >= minimum && n <= maximum, `must be ${minimum} to ${maximum}`)
    .openapi({ type: 'integer', minimum, maximum, default: byDefault });

/** One to 100 characters that can be seen, as people name things; spaces around them are dropped. */
export const givenName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'must be printable')
  .openapi({ example: 'production server' });

/** A JSON answer. */
export const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** A JSON body; `required: false` where an absent one means every default. */
export const jsonBody = <Schema extends z.ZodType>(schema: Schema, required = true) => ({
  required,
  content: { 'application/json': { schema } },
});

export const noContent = (description: string) => ({ description });

/** The error answers of a route: a response for each status, with the codes that it may have. */
export function errors(...codes: readonly ErrorCode[]): Record<never, never> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(codes)) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      status,
      {
        description: group.map((code) => `\`${code}\`: ${ERRORS[code].message}`).join('\n\n'),
        headers: { 'X-Aura-Error': { schema: { type: 'string', enum: group } } },
        content: { 'application/json': { schema: errorBody } },
      },
    ]),
  );
}

/** Unix milliseconds as they stand in JSON. */
export const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
export const isoOrNull = (milliseconds: number | null): string | null =>
  milliseconds === null ? null : iso(milliseconds);
