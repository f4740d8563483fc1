import {
  ApiError,
  defineRoute,
  iso,
  isoOrNull,
  projectParam,
  type Route,
  time,
  whole,
  wholeInQuery,
  z,
} from '@auraimage/http';
import { MAX_NAMED, NAMED_DAYS, type RecipientPage } from '@auraimage/ports';
import { isRecipient } from '@auraimage/protocol';
import type { ControlDependencies } from './dependencies.js';
import { originOf } from './images/image-changes.js';
import { revokeIssued } from './revocation.js';

const DEFAULT_PAGE = 100;
const MAX_PAGE = 1000;

const tags = ['Recipients'];

/** The SDK, which has a secret key, knows the CDN's host only; a session's cookie is sent to the other. */
const BOTH_HOSTS = ['cdn', 'app'] as const;

/** A recipient in a body. */
export const sub = z
  .string()
  .refine(isRecipient, 'must be 1 to 64 of letters, digits, ".", "_", ":", "@" and "-"')
  .openapi({ description: 'The claim `sub` of the tokens', example: 'customer:42' });

const readsBody = {
  reads: whole(`Reads in the last ${NAMED_DAYS} days that its tokens allowed`),
  sentBytes: whole('Bytes of the response bodies of these reads'),
};

const pageBody = z
  .object({
    recipients: z.array(
      z
        .object({
          sub,
          ...readsBody,
          lastReadOn: z.string().nullable().openapi({
            format: 'date',
            description: 'Day of the last read in UTC; `null`: none in this time',
            example: '2026-11-25',
          }),
          revokedAt: time(
            'Tokens issued before this time are revoked; `null`: none of those that can still be valid',
          ).nullable(),
        })
        .openapi('Recipient'),
    ),
    others: z
      .object({ reads: whole('Reads'), sentBytes: whole('Bytes of response bodies') })
      .openapi({
        description: `Reads of all further recipients: only the ${MAX_NAMED} with the most reads are listed`,
      }),
    cursor: z.string().nullable().openapi({ description: '`null` on the last page' }),
  })
  .openapi('RecipientPage');

const pageQuery = z.object({
  limit: wholeInQuery(1, MAX_PAGE, DEFAULT_PAGE).openapi({ description: 'Recipients per page' }),
  cursor: z.string().max(500).optional().openapi({ description: '`cursor` of the previous page' }),
  q: z
    .string()
    .min(1, 'must have 1 to 64 characters')
    .max(64, 'must have 1 to 64 characters')
    .optional()
    .openapi({ description: 'Part of the recipient, in any case' }),
});

function toPageBody({ recipients, others, cursor }: RecipientPage): z.infer<typeof pageBody> {
  return {
    recipients: recipients.map(({ revokedAt, ...recipient }) => ({
      ...recipient,
      revokedAt: isoOrNull(revokedAt === null ? null : revokedAt * 1000),
    })),
    others: { ...others },
    cursor,
  };
}

/** `/v1/projects/{project}/recipients`: who reads with the tokens of a project, and an end to it. */
export function recipientRoutes({ ports, access }: ControlDependencies): Route[] {
  const { recipients, clock } = ports;
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/projects/{project}/recipients',
      hosts: BOTH_HOSTS,
      access: access.can('recipients.view'),
      doc: {
        operationId: 'listRecipients',
        tags,
        summary: 'List recipients',
        description: `Whom serve tokens were given to (their claim \`sub\`), with the reads of the last ${NAMED_DAYS} days; the most reads first. The ${MAX_NAMED} with the most reads, and those that are revoked. Counts appear within a few seconds. While recipients read, one may change its place between two pages.`,
      },
      params: projectParam,
      query: pageQuery,
      errors: ['page_malformed'],
      success: { status: 200, schema: pageBody, description: 'A page of recipients' },
      async handler({ access, query }) {
        const { limit, cursor, q } = query;
        const page = await recipients.list(
          access.project.name,
          { limit, ...(cursor !== undefined && { cursor }), ...(q !== undefined && { search: q }) },
          clock.now(),
        );
        return toPageBody(page);
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/projects/{project}/recipients/revoke',
      hosts: BOTH_HOSTS,
      access: access.can('links.revoke'),
      doc: {
        operationId: 'revokeRecipient',
        tags,
        summary: 'Revoke a recipient',
        description:
          'Refuses every token of the recipient that was issued before (by its `iat`), on every server from the response on. Tokens that are issued after the response work.',
      },
      params: projectParam,
      body: z.strictObject({ sub }),
      errors: ['recipient_limit'],
      success: {
        status: 200,
        schema: z.object({ sub, revokedAt: time() }),
        description: 'Tokens issued before this time are revoked',
      },
      async handler({ access, body, context }) {
        const origin = originOf(access, context);
        const revokedAt = await revokeIssued(clock, async (before) => {
          const second = await recipients.revoke(access.project.name, body.sub, before, origin);
          // Deleted since the access check.
          if (second === null) throw new ApiError('project_forbidden');
          if (second === 'limit_reached') throw new ApiError('recipient_limit');
          return second;
        });
        return { sub: body.sub, revokedAt: iso(revokedAt * 1000) };
      },
    }),
  ];
}
