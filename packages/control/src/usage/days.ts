import {
  csvQuery,
  defineRoute,
  projectParam,
  type Route,
  whole,
  wholeInQuery,
  z,
} from '@auraimage/http';
import type { UsageDay } from '@auraimage/ports';
import type { ControlDependencies } from '../dependencies.js';

const MAX_DAYS = 90;
const DEFAULT_DAYS = 30;

const dayBody = z
  .object({
    date: z.string().openapi({ format: 'date', description: 'UTC', example: '2026-11-25' }),
    uploads: whole('Images uploaded'),
    uploadedBytes: whole('Bytes of the uploaded images'),
    deletes: whole('Images deleted'),
    reads: z.object({
      ok: whole('Responses with an image or a part of one'),
      notModified: whole('Responses with 304'),
      refused: z.object({
        missing: whole('Refused because the token is missing'),
        expired: whole('Refused because the token has expired'),
        other: whole('Refused for another reason'),
      }),
    }),
    sentBytes: whole('Bytes of response bodies'),
    encodeSeconds: z
      .number()
      .min(0)
      .openapi({ description: 'Time spent making variants, to the millisecond' }),
    cache: z.object({
      hit: whole('Reads served from the edge cache'),
      miss: whole('Reads that were not in the edge cache'),
      bypass: whole('Reads of private images, which the edge cache never serves'),
    }),
    storedBytes: whole('Bytes of masters at the end of the day; today: now'),
    storedImages: whole('Images at the end of the day; today: now'),
  })
  .openapi('UsageDay');

type DayBody = z.infer<typeof dayBody>;

const COLUMNS: readonly (readonly [string, (day: DayBody) => string | number])[] = [
  ['date', ({ date }) => date],
  ['reads_ok', ({ reads }) => reads.ok],
  ['reads_not_modified', ({ reads }) => reads.notModified],
  ['reads_refused_missing', ({ reads }) => reads.refused.missing],
  ['reads_refused_expired', ({ reads }) => reads.refused.expired],
  ['reads_refused_other', ({ reads }) => reads.refused.other],
  ['sent_bytes', ({ sentBytes }) => sentBytes],
  ['encode_seconds', ({ encodeSeconds }) => encodeSeconds],
  ['cache_hits', ({ cache }) => cache.hit],
  ['cache_misses', ({ cache }) => cache.miss],
  ['cache_bypasses', ({ cache }) => cache.bypass],
  ['uploads', ({ uploads }) => uploads],
  ['uploaded_bytes', ({ uploadedBytes }) => uploadedBytes],
  ['deletes', ({ deletes }) => deletes],
  ['stored_bytes', ({ storedBytes }) => storedBytes],
  ['stored_images', ({ storedImages }) => storedImages],
];

function toDayBody({ date, counts, storedBytes, storedImages }: UsageDay): DayBody {
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

/** `GET /v1/projects/{project}/usage` */
export function usageRoutes({ ports: { usage, clock }, access }: ControlDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/projects/{project}/usage',
      hosts: ['app'],
      access: access.can('usage.view'),
      doc: {
        operationId: 'getUsage',
        tags: ['Usage'],
        summary: 'Get usage',
        description:
          'One entry per day in UTC, oldest first, including today. Counts appear within a few seconds.',
      },
      params: projectParam,
      query: z.object({ days: wholeInQuery(1, MAX_DAYS, DEFAULT_DAYS), ...csvQuery }),
      errors: ['field_invalid'],
      success: {
        status: 200,
        schema: z
          .object({
            quotaBytes: whole('`null`: no limit').nullable(),
            usedBytes: whole('Bytes of masters now'),
            images: whole('Images now'),
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
      csv: ({ days }, { access: { project } }) => ({
        fileName: `${project.name}-usage.csv`,
        columns: COLUMNS.map(([name]) => name),
        rows: days.map((day) => COLUMNS.map(([, cellOf]) => cellOf(day))),
      }),
    }),
  ];
}
