import { defineRoute, iso, projectParam, type Route, time, wholeInQuery, z } from '@auraimage/http';
import { AUDIT_ACTIONS, AUDIT_ACTORS, type AuditEntry, type AuditPage } from '@auraimage/ports';
import type { ControlDependencies } from './dependencies.js';

const MAX_ENTRIES = 200;
const DEFAULT_ENTRIES = 50;

const entryBody = z
  .object({
    id: z.string(),
    at: time(),
    actor: z.object({
      kind: z.enum(AUDIT_ACTORS),
      name: z.string().openapi({ description: "A user's email, or the name of a key" }),
    }),
    action: z.enum(AUDIT_ACTIONS),
    project: z.string().nullable(),
    target: z
      .string()
      .nullable()
      .openapi({ description: 'What was changed, such as the key of an image' }),
    details: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .openapi({ example: { from: 'private', to: 'public' } }),
    address: z
      .string()
      .openapi({ description: 'Network address of the client; empty for the server itself' }),
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
  cursor: z.string().max(500).optional().openapi({ description: '`cursor` of the previous page' }),
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

/** Routes of the audit log: of a project, and of the account. */
export function auditRoutes({ ports: { audit }, access }: ControlDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/projects/{project}/audit',
      hosts: ['app'],
      access: access.can('audit.view'),
      doc: {
        operationId: 'listProjectAudit',
        tags: ['Audit log'],
        summary: "List a project's audit entries",
        description: 'Who changed what, when and from which address. Newest first.',
      },
      params: projectParam,
      query: pageQuery,
      errors: ['page_malformed'],
      success: { status: 200, schema: pageBody, description: 'A page of entries' },
      handler: async ({ access, query }) => {
        const { name: project } = access.project;
        const { limit, cursor } = query;
        const page = await audit.list({
          project,
          limit,
          ...(cursor !== undefined && { cursor }),
        });
        return toPageBody(page);
      },
    }),

    defineRoute({
      method: 'GET',
      path: '/v1/audit',
      hosts: ['app'],
      access: access.signedIn,
      doc: {
        operationId: 'listAudit',
        tags: ['Audit log'],
        summary: "List the account's audit entries",
        description:
          'Entries of the account itself, and of the projects that belong to it: those that the user created and is still an owner of. Newest first.',
      },
      query: pageQuery,
      errors: ['page_malformed'],
      success: { status: 200, schema: pageBody, description: 'A page of entries' },
      handler: async ({ access, query }) => {
        const { accountId } = access.user;
        const { limit, cursor } = query;
        const page = await audit.list({
          accountId,
          limit,
          ...(cursor !== undefined && { cursor }),
        });
        return toPageBody(page);
      },
    }),
  ];
}
