import { AUDIT_ACTIONS, type AuditEntry, type AuditPage } from '@auraimage/ports';
import { createRoute, z } from '@hono/zod-openapi';
import type { ControlApp } from '../context.js';
import {
  errors,
  IN_PROJECT_ERRORS,
  iso,
  json,
  projectParam,
  SIGNED_IN,
  SIGNED_IN_ERRORS,
  time,
  wholeInQuery,
} from '../openapi.js';
import type { ControlServices } from '../services.js';

const MAX_ENTRIES = 200;
const DEFAULT_ENTRIES = 50;

const entryBody = z
  .object({
    id: z.string(),
    at: time(),
    actor: z.object({
      kind: z.enum(['session', 'cli_token', 'secret_key', 'visibility_token', 'system']),
      name: z.string().openapi({ description: "A person's email, or a key's name" }),
    }),
    action: z.enum(AUDIT_ACTIONS),
    project: z.string().nullable(),
    target: z.string().nullable().openapi({ description: 'What was changed, such as a key' }),
    details: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .openapi({ example: { from: 'private', to: 'public' } }),
    address: z.string().openapi({ description: 'Network address that it came from' }),
  })
  .openapi('AuditEntry');

const pageBody = z
  .object({
    entries: z.array(entryBody),
    cursor: z.string().nullable().openapi({ description: '`null` on the last page' }),
  })
  .openapi('AuditPage');

const pageQuery = z.object({
  limit: wholeInQuery(1, MAX_ENTRIES, DEFAULT_ENTRIES),
  cursor: z.string().max(500).optional().openapi({ description: 'From the page before' }),
});

function toEntryBody(entry: AuditEntry): z.infer<typeof entryBody> {
  const { id, at, actor, action, project, target, details, address } = entry;
  return {
    id,
    at: iso(at),
    actor: { kind: actor.kind, name: actor.name },
    action,
    project,
    target,
    details: { ...details },
    address,
  };
}

function toPageBody({ entries, cursor }: AuditPage): z.infer<typeof pageBody> {
  return { entries: entries.map(toEntryBody), cursor };
}

/** The audit log, newest first: of one project, or of the whole account. */
export function auditRoutes(
  app: ControlApp,
  { ports: { audit }, signedIn, inProject }: ControlServices,
): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/projects/{project}/audit',
      operationId: 'listProjectAudit',
      tags: ['Audit log'],
      summary: "List a project's changes",
      description: 'Who changed what, when and from where: newest first.',
      security: SIGNED_IN,
      middleware: inProject,
      request: { params: projectParam, query: pageQuery },
      responses: {
        200: json(pageBody, 'A page of entries'),
        ...errors(...IN_PROJECT_ERRORS, 'page_malformed'),
      },
    }),
    async (c) => {
      const { accountId, name: project } = c.var.project;
      const { limit, cursor } = c.req.valid('query');
      const page = await audit.list({
        accountId,
        project,
        limit,
        ...(cursor !== undefined && { cursor }),
      });
      return c.json(toPageBody(page), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/audit',
      operationId: 'listAudit',
      tags: ['Audit log'],
      summary: "List the account's changes",
      description: 'Those of every project, and of the account itself: newest first.',
      security: SIGNED_IN,
      middleware: signedIn,
      request: { query: pageQuery },
      responses: {
        200: json(pageBody, 'A page of entries'),
        ...errors(...SIGNED_IN_ERRORS, 'page_malformed'),
      },
    }),
    async (c) => {
      const { accountId } = c.var.caller.user;
      const { limit, cursor } = c.req.valid('query');
      const page = await audit.list({ accountId, limit, ...(cursor !== undefined && { cursor }) });
      return c.json(toPageBody(page), 200);
    },
  );
}
