import {
  ApiError,
  defineRoute,
  iso,
  isoOrNull,
  Reply,
  type Route,
  time,
  whole,
  wholeInQuery,
  z,
} from '@auraimage/http';
import type { NewAuditEntry, Person } from '@auraimage/ports';
import { auditEntry } from './auth/access.js';
import { createSessionCookie } from './auth/cookie.js';
import { resetPassword } from './auth/password-resets.js';
import type { ControlDependencies } from './dependencies.js';

const MAX_PEOPLE = 200;
const DEFAULT_PEOPLE = 50;
/** Most names of projects in a message. */
const MAX_NAMES = 10;

const tags = ['People'];

const role = z.enum(['admin', 'member']);

const personBody = z
  .object({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    role,
    createdAt: time(),
    lastSeenAt: time('Accurate to the hour; `null`: never').nullable(),
    projects: whole('Projects of which the person is a member'),
    sessions: whole('Active sessions'),
    cliTokens: whole('CLI tokens that have not expired'),
    hasSecondFactor: z.boolean(),
    current: z.boolean().openapi({ description: 'Whether the person sent this request' }),
  })
  .openapi('Person');

const personParam = z.object({ id: z.string().openapi({ description: '`id` of the person' }) });

function toPersonBody({ user, ...person }: Person, callerId: string): z.infer<typeof personBody> {
  const { id, email, name, role } = user;
  const { createdAt, lastSeenAt, ...facts } = person;
  const times = { createdAt: iso(createdAt), lastSeenAt: isoOrNull(lastSeenAt) };
  return { id, email, name, role, ...times, ...facts, current: id === callerId };
}

/** `/v1/people`: the people of the installation, for administrators. */
export function peopleRoutes({ access, ports, options }: ControlDependencies): Route[] {
  const { people, audit, clock } = ports;
  const cookie = createSessionCookie(options.appUrl);

  async function found(id: string): Promise<Person> {
    const person = await people.find(id);
    if (person === null) throw new ApiError('person_not_found');
    return person;
  }

  return [
    defineRoute({
      method: 'GET',
      path: '/v1/people',
      hosts: ['app'],
      access: access.admin,
      doc: {
        operationId: 'listPeople',
        tags,
        summary: 'List people',
        description: 'Everybody who can sign in, by email.',
      },
      query: z.object({
        limit: wholeInQuery(1, MAX_PEOPLE, DEFAULT_PEOPLE).openapi({
          description: 'People per page',
        }),
        cursor: z
          .string()
          .max(500)
          .optional()
          .openapi({ description: '`cursor` of the previous page' }),
        q: z
          .string()
          .min(1, 'must have 1 to 64 characters')
          .max(64, 'must have 1 to 64 characters')
          .optional()
          .openapi({ description: 'Part of the email or name, in any case' }),
      }),
      errors: ['page_malformed'],
      success: {
        status: 200,
        schema: z
          .object({
            people: z.array(personBody),
            cursor: z.string().nullable().openapi({ description: '`null` on the last page' }),
          })
          .openapi('PeoplePage'),
        description: 'A page of people',
      },
      async handler({ access: { user }, query: { limit, cursor, q } }) {
        const page = await people.list({
          limit,
          ...(cursor !== undefined && { cursor }),
          ...(q !== undefined && { search: q }),
        });
        return {
          people: page.people.map((person) => toPersonBody(person, user.id)),
          cursor: page.cursor,
        };
      },
    }),

    defineRoute({
      method: 'PATCH',
      path: '/v1/people/{id}',
      hosts: ['app'],
      access: access.admin,
      doc: {
        operationId: 'changePerson',
        tags,
        summary: 'Make a person an administrator, or not',
        description:
          'Holds from the next request of the person on. With the role, the open invitations of the person end. There is always an administrator.',
      },
      params: personParam,
      body: z.strictObject({ role }),
      errors: ['person_not_found', 'last_admin'],
      success: { status: 200, schema: personBody, description: 'The person' },
      async handler({ access: caller, params: { id }, body, context }) {
        const { user } = await found(id);
        const entry = auditEntry(caller, context, 'person.role_changed', {
          target: user.email,
          details: { from: user.role, to: body.role },
        });
        const changed = await people.setRole(id, body.role, inBothLogs(entry, user.accountId));
        if (changed === null) throw new ApiError('person_not_found');
        if (changed === 'last_admin') throw new ApiError('last_admin');
        return toPersonBody(await found(id), caller.user.id);
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/v1/people/{id}/reset-password',
      hosts: ['app'],
      access: access.admin,
      doc: {
        operationId: 'resetPassword',
        tags,
        summary: 'Reset the password of a person',
        description:
          'Ends the password, every session and every CLI token of the person at once, on every server. Returns a link with which the person sets a new password: once, within 24 hours, until the next reset. The link is in no other response.',
      },
      params: personParam,
      body: z.strictObject({
        removeSecondFactor: z.boolean().default(false).openapi({
          description:
            'Also turn the second factor off, for a person who has lost it. Otherwise it stays on: a link in the wrong hands must not be enough',
        }),
      }),
      bodyIsOptional: true,
      errors: ['person_not_found', 'sign_in_busy'],
      success: {
        status: 200,
        schema: z.object({
          url: z.string().openapi({ description: 'Give it to the person' }),
          expiresAt: time(),
        }),
        description: 'The link',
      },
      async handler({ access: caller, params: { id }, body, context }) {
        const { user } = await found(id);
        const { removeSecondFactor = false } = body;
        const entryOf = (action: NewAuditEntry['action'], target: string) =>
          auditEntry(caller, context, action, { target });
        const how = { ...options, removeSecondFactor };
        const link = await resetPassword(ports, how, user.email, ({ accountId }, ...facts) => ({
          ...entryOf(...facts),
          accountId,
        }));
        if (link === null) throw new ApiError('person_not_found');
        if (caller.user.accountId !== user.accountId) {
          await audit.append([
            { ...entryOf('account.password_reset', user.email), at: clock.now() },
          ]);
        }
        return { url: link.url, expiresAt: iso(link.expiresAt) };
      },
    }),

    defineRoute({
      method: 'DELETE',
      path: '/v1/people/{id}',
      hosts: ['app'],
      access: access.admin,
      doc: {
        operationId: 'removePerson',
        tags,
        summary: 'Remove a person',
        description:
          'Ends the sessions, CLI tokens and account-wide secret keys of the person, from the next request on, on every server. Memberships end, too, and open invitations by the person or to their email. Refused while projects have no other owner, unless the administrator takes them over. There is always an administrator.',
      },
      params: personParam,
      body: z.strictObject({
        takeOver: z.boolean().default(false).openapi({
          description: 'Become an owner of every project that would have none',
        }),
      }),
      bodyIsOptional: true,
      errors: ['person_not_found', 'last_admin', 'only_owner_of_projects'],
      success: { status: 204, description: 'Removed' },
      async handler({ access: caller, params: { id }, body: { takeOver = false }, context }) {
        const { user, projects } = await found(id);
        const isCaller = user.id === caller.user.id;
        const outcome = await people.remove({
          userId: id,
          successorId: takeOver && !isCaller ? caller.user.accountId : null,
          entry: auditEntry(caller, context, 'person.removed', {
            target: user.email,
            details: { projects },
          }),
          projectEntry: (project, action) =>
            auditEntry(caller, context, action, {
              project,
              target: action === 'member.added' ? caller.user.email : user.email,
              details: { reason: 'person_removed' },
            }),
        });
        if (outcome === null) throw new ApiError('person_not_found');
        if (outcome === 'last_admin') throw new ApiError('last_admin');
        if (outcome !== 'removed') {
          throw new ApiError('only_owner_of_projects', { message: refusal(outcome.onlyOwnerOf) });
        }
        return isCaller ? new Reply(undefined, [cookie.clear()]) : undefined;
      },
    }),
  ];
}

/** The entry of an administrator's action, in the log of the administrator and of the person. */
function inBothLogs(entry: NewAuditEntry, accountId: string): readonly NewAuditEntry[] {
  return accountId === entry.accountId ? [entry] : [entry, { ...entry, accountId }];
}

function refusal(projects: readonly string[]): string {
  const names = projects.slice(0, MAX_NAMES).join(', ');
  const more = projects.length > MAX_NAMES ? ` and ${projects.length - MAX_NAMES} more` : '';
  return `This person is the only owner of ${names}${more}: take the projects over, or let the person add an owner or delete them`;
}
