import {
  type CsvTable,
  csvQuery,
  defineRoute,
  image,
  projectParam,
  type Route,
  whole,
  wholeInQuery,
  z,
} from '@auraimage/http';
import {
  type BusiestNames,
  type BusyName,
  NAMED_DAYS,
  type NamedCounts,
  type Project,
  type UsageKind,
} from '@auraimage/ports';
import { REFUSAL_REASONS, type RefusalReason } from '@auraimage/protocol';
import type { ControlDependencies } from '../dependencies.js';
import { createSignedBodies } from '../images/image-bodies.js';
import { REFUSAL_TEXTS } from './refusals.js';

const MAX_NAMES = 100;
const DAY_MS = 24 * 3_600_000;

const query = z.object({
  days: wholeInQuery(1, NAMED_DAYS, NAMED_DAYS).openapi({
    description: 'Days in UTC, which end today',
  }),
  limit: wholeInQuery(1, MAX_NAMES, MAX_NAMES).openapi({ description: 'Most entries' }),
  ...csvQuery,
});

const counts = {
  reads: whole('Responses with the image, a part of it, or 304'),
  sentBytes: whole('Bytes of response bodies'),
  encodeSeconds: z
    .number()
    .min(0)
    .openapi({ description: 'Time spent making variants, to the millisecond' }),
};
const readsByDay = z
  .array(whole('Reads of a day'))
  .openapi({ description: 'One number per day, the oldest first' });
const others = z.object(counts).openapi({ description: 'All that is not listed, together' });
const margin = whole(
  'Reads that an entry, or one that is not listed, may have beyond its number; 0: all numbers are exact',
);

const imagesBody = z
  .object({
    images: z.array(
      z.object({
        key: z.string().openapi({
          description: 'As it was read; an image that was renamed has an entry for each key',
          example: 'abc123xyz0-photo.jpg',
        }),
        image: z.union([image, z.null()]).openapi({
          description: '`null`: no image has the key any more',
        }),
        ...counts,
        readsByDay,
      }),
    ),
    others,
    margin,
  })
  .openapi('UsageByImage');

const presetsBody = z
  .object({
    presets: z.array(
      z.object({ preset: z.string().openapi({ example: 'card' }), ...counts, readsByDay }),
    ),
    others,
    margin,
  })
  .openapi('UsageByPreset');

const refusalsBody = z
  .object({
    refusals: z.array(
      z.object({
        reason: z.enum(REFUSAL_REASONS).openapi({ example: 'expired' }),
        title: z.string().openapi({ description: 'What happened, for people' }),
        help: z.string().openapi({ description: 'Why, and what to do' }),
        reads: whole('Reads that got no picture'),
        readsByDay,
      }),
    ),
  })
  .openapi('UsageByRefusal');

/** `GET /v1/projects/{project}/usage/…`: the busiest images and presets, and why reads got no picture. */
export function busiestRoutes({
  ports: { usage, images, clock },
  options: { publicUrl },
  access,
}: ControlDependencies): Route[] {
  const busiest = (project: Project, kind: UsageKind, { days, limit }: z.output<typeof query>) =>
    usage.busiest(project.id, kind, days, limit, clock.now());
  const shared = {
    method: 'GET',
    hosts: ['app'],
    access: access.can('usage.view'),
    params: projectParam,
    query,
    errors: ['page_malformed'],
  } as const;

  return [
    defineRoute({
      ...shared,
      path: '/v1/projects/{project}/usage/images',
      doc: {
        operationId: 'getUsageByImage',
        tags: ['Usage'],
        summary: 'Get usage by image',
        description: `The images with the most reads of the last days, at most ${NAMED_DAYS}. Of a private image, reads with its token and by an open preset.`,
      },
      success: { status: 200, schema: imagesBody, description: 'The busiest images' },
      async handler({ access: { project }, query }) {
        const found = await busiest(project, 'image', query);
        const toBody = createSignedBodies(clock.now(), publicUrl);
        const bodyOf = async (key: string) => {
          const row = await images.find({ project: project.name, key });
          return row && toBody(row.image, project, row.serveSecrets(clock.now())[0]);
        };
        return {
          images: await Promise.all(
            found.names.map(async (one) => ({
              key: one.name,
              image: await bodyOf(one.name),
              ...toNamed(one),
            })),
          ),
          ...restOf(found),
        };
      },
      csv: (body, { access: { project } }) =>
        toTable(`${project.name}-usage-by-image`, ['image', 'exists'], clock.now(), [
          ...body.images.map((one) => ({ cells: [one.key, one.image !== null], ...one })),
          ...othersRow(body.others, [false]),
        ]),
    }),

    defineRoute({
      ...shared,
      path: '/v1/projects/{project}/usage/presets',
      doc: {
        operationId: 'getUsageByPreset',
        tags: ['Usage'],
        summary: 'Get usage by preset',
        description: `The presets with the most reads of the last days, at most ${NAMED_DAYS}.`,
      },
      success: { status: 200, schema: presetsBody, description: 'The busiest presets' },
      async handler({ access: { project }, query }) {
        const found = await busiest(project, 'preset', query);
        const presets = found.names.map((one) => ({ preset: one.name, ...toNamed(one) }));
        return { presets, ...restOf(found) };
      },
      csv: (body, { access: { project } }) =>
        toTable(`${project.name}-usage-by-preset`, ['preset'], clock.now(), [
          ...body.presets.map((one) => ({ cells: [one.preset], ...one })),
          ...othersRow(body.others),
        ]),
    }),

    defineRoute({
      ...shared,
      path: '/v1/projects/{project}/usage/refusals',
      doc: {
        operationId: 'getUsageByRefusal',
        tags: ['Usage'],
        summary: 'Get refused reads by reason',
        description: `Why reads of the last days got no picture, at most ${NAMED_DAYS}: the most frequent reason first, with what to do about it.`,
      },
      success: { status: 200, schema: refusalsBody, description: 'Refused reads by reason' },
      async handler({ access: { project }, query }) {
        const { names } = await busiest(project, 'refusal', query);
        return {
          refusals: names.flatMap(({ name, reads, readsByDay }) =>
            isReason(name)
              ? [{ reason: name, ...REFUSAL_TEXTS[name], reads, readsByDay: [...readsByDay] }]
              : [],
          ),
        };
      },
      csv: (body, { access: { project }, query }) => ({
        fileName: `${project.name}-refused-reads.csv`,
        columns: ['reason', 'title', 'reads', ...datesOf(query.days, clock.now())],
        rows: body.refusals.map((one) => [one.reason, one.title, one.reads, ...one.readsByDay]),
      }),
    }),
  ];
}

/** Another version may have counted other reasons. */
function isReason(name: string): name is RefusalReason {
  return REFUSAL_REASONS.some((reason) => reason === name);
}

function toNamed({ readsByDay, ...one }: BusyName) {
  return { ...toCounts(one), readsByDay: [...readsByDay] };
}

function restOf({ others, margin }: BusiestNames) {
  return { others: toCounts(others), margin };
}

function toCounts({ reads, sentBytes, encodeMilliseconds }: NamedCounts) {
  return { reads, sentBytes, encodeSeconds: encodeMilliseconds / 1000 };
}

interface TableRow {
  /** What the row is about. */
  readonly cells: CsvTable['rows'][number];
  readonly reads: number;
  readonly sentBytes: number;
  readonly encodeSeconds: number;
  readonly readsByDay?: readonly number[];
}

function toTable(
  name: string,
  columns: readonly string[],
  now: number,
  rows: readonly TableRow[],
): CsvTable {
  const dates = datesOf(rows[0]?.readsByDay?.length ?? 0, now);
  return {
    fileName: `${name}.csv`,
    columns: [...columns, 'reads', 'sent_bytes', 'encode_seconds', ...dates],
    rows: rows.map(({ cells, reads, sentBytes, encodeSeconds, readsByDay }) => [
      ...cells,
      reads,
      sentBytes,
      encodeSeconds,
      ...(readsByDay ?? dates.map(() => null)),
    ]),
  };
}

/** The line of all that is not listed: no image and no preset has such a name. */
function othersRow(
  others: Omit<TableRow, 'cells'>,
  more: TableRow['cells'] = [],
): readonly TableRow[] {
  return others.reads === 0 ? [] : [{ cells: ['(others)', ...more], ...others }];
}

/** The days of a span that ends today, in UTC: columns of reads. */
function datesOf(days: number, now: number): readonly string[] {
  return Array.from({ length: days }, (_, n) =>
    new Date(now - (days - 1 - n) * DAY_MS).toISOString().slice(0, 10),
  );
}
