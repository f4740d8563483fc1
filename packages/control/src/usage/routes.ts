import { defineRoute, projectParam, type Route, whole, wholeInQuery, z } from '@auraimage/http';
import type { UsageDay } from '@auraimage/ports';
import type { ControlDependencies } from '../dependencies.js';

const MAX_DAYS = 90;
const DEFAULT_DAYS = 30;

const dayBody = z
  .object({
    date: z.string().openapi({ format: 'date', description: 'UTC', example: '2026-11-25' }),
    uploads: whole('Images uploaded'),
    uploadedBytes: whole('Bytes of them'),
    deletes: whole('Images deleted'),
    reads: z.object({
      ok: whole('Answered with an image or a part of one'),
      notModified: whole('Answered 304'),
      refused: z.object({
        missing: whole('Refused: no token'),
        expired: whole('Refused: the token has expired'),
        other: whole('Refused for another reason'),
      }),
    }),
    sentBytes: whole('Bytes of bodies sent'),
    encodeSeconds: z
      .number()
      .min(0)
      .openapi({ description: 'Time that making variants took, to the millisecond' }),
    cache: z.object({
      hit: whole('Reads from the edge cache'),
      miss: whole('Reads that the edge cache did not have'),
      bypass: whole('Reads of private images: they never come from the edge cache'),
    }),
    storedBytes: whole("Bytes that masters took at the day's end, or take now"),
    storedImages: whole("Images that there were at the day's end, or are now"),
  })
  .openapi('UsageDay');

function toDayBody({ date, counts, storedBytes, storedImages }: UsageDay): z.infer<typeof dayBody> {
  return {
    date,
    uploads: counts.uploads,
    uploadedBytes: counts.uploadedBytes,
    deletes: counts.deletes,
    reads: {
      ok: counts.readsOk,
      notModified: counts.readsNotModified,
      refused: {
        missing: counts.readsRefusedMissing,
        expired: counts.readsRefusedExpired,
        other: counts.readsRefusedOther,
      },
    },
    sentBytes: counts.sentBytes,
    encodeSeconds: counts.encodeMilliseconds / 1000,
    cache: { hit: counts.cacheHits, miss: counts.cacheMisses, bypass: counts.cacheBypasses },
    storedBytes,
    storedImages,
  };
}

/** `GET /v1/projects/{project}/usage`: what happened, day by day. */
export function usageRoutes({ ports: { usage, clock }, access }: ControlDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/projects/{project}/usage',
      hosts: ['app'],
      access: access.inProject,
      doc: {
        operationId: 'getUsage',
        tags: ['Usage'],
        summary: 'Get usage',
        description:
          'Every day of the span, oldest first, today (UTC) last. Counts arrive within a few seconds.',
      },
      params: projectParam,
      query: z.object({ days: wholeInQuery(1, MAX_DAYS, DEFAULT_DAYS) }),
      errors: ['field_invalid'],
      success: {
        status: 200,
        schema: z
          .object({
            quotaBytes: whole('`null`: no limit').nullable(),
            usedBytes: whole('Bytes that masters take now'),
            images: whole('Images that there are now'),
            days: z.array(dayBody),
          })
          .openapi('Usage'),
        description: 'Usage by day',
      },
      handler: async ({ access, query }) => {
        const { id, quotaBytes, usedBytes, images } = access.project;
        const days = await usage.days(id, query.days, clock.now());
        return { quotaBytes, usedBytes, images, days: days.map(toDayBody) };
      },
    }),
  ];
}
