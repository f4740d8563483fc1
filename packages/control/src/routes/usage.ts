import type { UsageDay } from '@auraimage/ports';
import { createRoute, z } from '@hono/zod-openapi';
import type { ControlApp } from '../context.js';
import {
  errors,
  IN_PROJECT_ERRORS,
  json,
  projectParam,
  SIGNED_IN,
  whole,
  wholeInQuery,
} from '../openapi.js';
import type { ControlServices } from '../services.js';

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
export function usageRoutes(
  app: ControlApp,
  { ports: { usage, clock }, inProject }: ControlServices,
): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/projects/{project}/usage',
      operationId: 'getUsage',
      tags: ['Usage'],
      summary: 'Get usage',
      description:
        'Every day of the span, oldest first, today (UTC) last. Counts arrive within a few seconds.',
      security: SIGNED_IN,
      middleware: inProject,
      request: {
        params: projectParam,
        query: z.object({ days: wholeInQuery(1, MAX_DAYS, DEFAULT_DAYS) }),
      },
      responses: {
        200: json(
          z
            .object({
              quotaBytes: whole('`null`: no limit').nullable(),
              usedBytes: whole('Bytes that masters take now'),
              images: whole('Images that there are now'),
              days: z.array(dayBody),
            })
            .openapi('Usage'),
          'Usage by day',
        ),
        ...errors(...IN_PROJECT_ERRORS, 'field_invalid'),
      },
    }),
    async (c) => {
      const { id, quotaBytes, usedBytes, images } = c.var.project;
      const days = await usage.days(id, c.req.valid('query').days, clock.now());
      return c.json({ quotaBytes, usedBytes, images, days: days.map(toDayBody) }, 200);
    },
  );
}
