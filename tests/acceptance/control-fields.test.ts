import { describe, expect, it } from 'vitest';
import type { Operation, Schema } from './support/api-document.js';
import { asPerson, call, jsonOf, openWorld } from './support/api-world.js';
import type { Reply } from './support/serve-request.js';
import { some } from './support/some.js';

// Every field of the server's API description, with invalid values.
const world = await openWorld();
const { server, document, owner, project, image } = world;

/** Valid bodies, into which invalid values are put. */
const GOOD: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  checkInvitation: { token: 'none-such' },
  acceptInvitation: { token: 'none-such', email: 'a@example.com', password: 'x'.repeat(12) },
  createInvitation: {},
  signIn: { email: owner.email, password: owner.password },
  changePassword: { currentPassword: owner.password, newPassword: owner.password },
  confirmSignIn: { code: '123456' },
  prepareSecondFactor: { password: owner.password },
  enableSecondFactor: { code: '123456' },
  renewBackupCodes: { password: owner.password, code: '123456' },
  disableSecondFactor: { password: owner.password, code: '123456' },
  requestDevice: { name: 'a laptop' },
  pollDevice: { device_code: 'none-such' },
  cancelDevice: { device_code: 'none-such' },
  lookUpDevice: { userCode: 'BBBB-BBBB' },
  checkPasswordReset: { token: 'none-such' },
  acceptPasswordReset: { token: 'none-such', password: 'x'.repeat(12) },
  approveDevice: { userCode: 'BBBB-BBBB' },
  denyDevice: { userCode: 'BBBB-BBBB' },
  createProject: { projectName: 'of-fields' },
  changeProject: {},
  deleteProject: { confirm: project },
  createSecretKey: { name: 'a key' },
  rotateServeSecret: {},
  putPreset: { transform: 'w=640' },
  revokeRecipient: { sub: 'nobody' },
  createWebhook: { url: 'https://app.example/hook' },
  changeWebhook: {},
  rotateWebhookSecret: {},
  acknowledgeEvents: { events: [] },
  signUrls: { keys: [image.key] },
  signUpload: { projectName: project },
  diagnoseLink: { url: image.url },
  joinProject: { token: 'none-such' },
  inviteMember: { role: 'viewer' },
  changeMember: { role: 'viewer' },
  changePerson: { role: 'member' },
  removePerson: {},
  resetPassword: {},
};

/** Names with different unprintable characters. */
const UNPRINTABLE = [
  '',
  ' ',
  'a\nb',
  'a\rb',
  'a\u0000b',
  '\u202eevil',
  'a\u2028b',
  '\u200b',
  '\ud800',
];
const NAMES = ['requestDevice.name', 'createSecretKey.name', 'acceptInvitation.name'];

/** Parameters that may contain every character. */
const FREE_TEXTS = ['listRecipients?q', 'listPeople?q'];

/** Tested in visibility.test.ts, names.test.ts and metrics.test.ts. */
const IMAGES_OWN = ['changeImage', 'reportPageLoad'];

const withBody = document.operations.filter(({ body, id }) => {
  return body !== undefined && !IMAGES_OWN.includes(id);
});
const fields = withBody
  .flatMap((operation) =>
    Object.entries(operation.body?.properties ?? {}).map(
      ([name, schema]) => [`${operation.id}.${name}`, operation, name, schema] as const,
    ),
  )
  .map((field, turn) => [...field, turn] as const);
const inQueries = document.operations
  .filter(({ id }) => id !== 'listImages') // the edge's, tested in list-filters.test.ts
  .flatMap((operation) =>
    operation.parameters
      .filter((parameter) => parameter.in === 'query')
      .map(({ name, schema }) => [`${operation.id}?${name}`, operation, name, schema] as const),
  )
  .map((parameter, turn) => [...parameter, turn] as const);

const send = (operation: Operation, options: { body?: unknown; query?: string }): Promise<Reply> =>
  call(server.url, operation, {
    params: { project },
    headers: asPerson(server, owner),
    ...options,
  });

/** The error names the field and contains nothing of the sent value. */
function expectNamed(reply: Reply, operation: Operation, name: string, code: RegExp): void {
  document.check(operation, reply);
  expect(reply.status).toBe(400);
  expect(reply.headers['x-aura-error']).toMatch(code);
  const { message } = jsonOf<{ message: string }>(reply);
  if (reply.headers['x-aura-error'] === 'field_invalid') {
    expect(message).toMatch(new RegExp(`"${name}[".]`));
  }
  expect(message.length).toBeLessThan(300);
}

/**
 * Values that a schema does not allow: some of other types, and all that are wrong for this field only.
 *
 * @param turn place of the field among all
 */
function wrongFor(
  { type, enum: allowed, items, ...bounds }: Schema,
  turn: number,
): readonly unknown[] {
  const types = [type ?? []].flat();
  const typed: readonly (readonly [string, unknown])[] = [
    ['null', null],
    ['string', 'text'],
    ['integer', 7],
    ['boolean', true],
    ['object', { a: 1 }],
    ['array', [[]]],
  ];
  const ofOtherTypes = typed.filter(([each]) => types.length > 0 && !types.includes(each));
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = bounds;
  return [
    ...some(turn, ofOtherTypes).map(([, value]) => value),
    ...(types.includes('integer') ? [0.5, '7'] : []),
    ...(minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? [minimum - 1] : []),
    ...(maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? [maximum + 1] : []),
    ...(minLength !== undefined && minLength > 0 ? ['x'.repeat(minLength - 1)] : []),
    ...(maxLength !== undefined ? ['x'.repeat(maxLength + 1)] : []),
    ...(minItems !== undefined && minItems > 0 ? [[]] : []),
    ...(maxItems !== undefined ? [Array(maxItems + 1).fill(image.key)] : []),
    ...(allowed !== undefined ? ['none-such', ''] : []),
    ...(items !== undefined ? wrongFor(items, turn).map((value) => [value]) : []),
  ];
}

describe('a field of a body', () => {
  it('belongs to one of the tested bodies', () => {
    expect(Object.keys(GOOD).toSorted()).toEqual(withBody.map(({ id }) => id).toSorted());
    expect(fields.length).toBeGreaterThanOrEqual(28);
  });

  it.each(fields)(
    '%s is refused when it is of another kind',
    async (_, operation, name, schema, turn) => {
      const wrong = wrongFor(schema, turn);
      expect(wrong.length + Number(schema.type === undefined)).toBeGreaterThan(0);
      for (const value of wrong) {
        const body = { ...GOOD[operation.id], [name]: value };
        const reply = await send(operation, { body });
        expect([value, reply.status]).toEqual([value, 400]);
        expectNamed(reply, operation, name, /^(?:field|grace)_invalid$/);
      }
    },
  );

  it.each(fields.filter(([, { body }, name]) => body?.required?.includes(name)))(
    '%s is missed',
    async (_, operation, name) => {
      const { [name]: __, ...body } = GOOD[operation.id] ?? {};
      expectNamed(await send(operation, { body }), operation, name, /^field_invalid$/);
    },
  );

  it.each(withBody.map((operation) => [operation.id, operation] as const))(
    'of %s has one spelling',
    async (id, operation) => {
      for (const name of [...Object.keys(operation.body?.properties ?? {}), 'toString']) {
        const body = { ...GOOD[id], [name.toUpperCase()]: 'x' };
        expectNamed(
          await send(operation, { body }),
          operation,
          name.toUpperCase(),
          /^field_invalid$/,
        );
      }
    },
  );

  it.each(NAMES)('%s accepts only printable names', async (field) => {
    const found = fields.find(([each]) => each === field);
    if (found === undefined) throw new Error(`no field ${field}`);
    const [, operation, name] = found;
    for (const value of [...UNPRINTABLE, 'x'.repeat(101)]) {
      const body = { ...GOOD[operation.id], [name]: value };
      expectNamed(await send(operation, { body }), operation, name, /^field_invalid$/);
    }
  });

  it.each([
    ['signUpload', { maxSize: '5 parsecs' }],
    ['signUpload', { maxSize: -1 }],
    ['signUpload', { maxSize: '' }],
    ['signUpload', { allowedTypes: ['text/html'] }],
    ['signUpload', { allowedTypes: ['image/*', 'image/png\r\nX: y'] }],
    ['signUpload', { visibility: 'secret' }],
    ['signUrls', { keys: ['../other/abc123xyz0-photo.jpg'] }],
    ['signUrls', { keys: ['abc123xyz0-photo.jpg?token=x'] }],
    ['signUrls', { keys: [''] }],
    ['signUrls', { recipient: 'kim lee' }],
  ])('is validated: %s %j', async (id, wrong) => {
    const operation = withBody.find((each) => each.id === id);
    if (operation === undefined) throw new Error(`no operation ${id}`);
    const [name = ''] = Object.keys(wrong);
    const reply = await send(operation, { body: { ...GOOD[id], ...wrong } });
    expectNamed(reply, operation, name, /^field_invalid$/);
  });
});

describe('a parameter of a query', () => {
  it('is one of the tested parameters', () => {
    expect(inQueries.map(([name]) => name)).toEqual([
      'listPeople?limit',
      'listPeople?cursor',
      'listPeople?q',
      'listDeliveries?limit',
      'listDeliveries?cursor',
      'listDeliveries?state',
      'listen?wait',
      'listRecipients?limit',
      'listRecipients?cursor',
      'listRecipients?q',
      'getUsage?days',
      'getUsage?format',
      ...['getUsageByImage', 'getUsageByPreset', 'getUsageByRefusal'].flatMap((id) =>
        ['days', 'limit', 'format'].map((name) => `${id}?${name}`),
      ),
      'listProjectAudit?limit',
      'listProjectAudit?cursor',
      'listAudit?limit',
      'listAudit?cursor',
    ]);
  });

  it.each(inQueries)(
    '%s is refused if it has the wrong type',
    async (id, operation, name, schema, turn) => {
      const { minimum, maximum, maxLength } = schema;
      const ofNumbers = [
        (minimum ?? 0) - 1,
        ...(maximum === undefined ? [] : [maximum + 1]),
        ...some(turn, ['', 'x', '1.5', '1e1', '0x1']),
      ];
      const ofTexts = [
        'x'.repeat((maxLength ?? 0) + 1),
        ...(FREE_TEXTS.includes(id) ? [''] : ['nonsense', "' OR 1=1 --", '\u0000']),
      ];
      for (const value of schema.type === 'integer' ? ofNumbers : ofTexts) {
        const query = `?${name}=${encodeURIComponent(String(value))}`;
        const reply = await send(operation, { query });
        expect([query, reply.status]).toEqual([query, 400]);
        document.check(operation, reply);
        expect(reply.headers['x-aura-error']).toMatch(/^(?:field_invalid|page_malformed)$/);
      }
    },
  );
});

describe('after all of this', () => {
  it('the project is unchanged', async () => {
    expect(await owner.json('GET', `/v1/projects/${project}`)).toMatchObject({
      projectName: project,
      allowedOrigins: [],
      quotaBytes: null,
    });
    const { projects } = await owner.json<{ projects: readonly unknown[] }>('GET', '/v1/projects');
    expect(projects).toHaveLength(1);
  });
});
