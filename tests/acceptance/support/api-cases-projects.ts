import { expect } from 'vitest';
import { upload } from '../../harness/upload.js';
import { type Case, type Player, REACHES_HUNDRED } from './api-player.js';
import { asPerson, invite } from './api-world.js';

let made = 0;

/** Creates a project of the owner for one case, and returns its name. */
export async function newProject({ ok }: Player, headers?: Readonly<Record<string, string>>) {
  made += 1;
  const body = { projectName: `project-${made}` };
  await ok('createProject', { body, ...(headers && { headers }) }, 201);
  return body.projectName;
}

const WRONG_NAMES = [
  '',
  'a',
  'A-b',
  'a_b',
  'a b',
  '..',
  'a/b',
  'ab\n',
  'x'.repeat(41),
  'v1',
  'mу-app',
];

/** Projects and their facts. */
export const PROJECT_CASES: Readonly<Record<string, Case>> = {
  async listProjects(player) {
    const name = await newProject(player);
    const { projects } = await player.ok<{ projects: { projectName: string }[] }>('listProjects');
    const names = projects.map(({ projectName }) => projectName);
    expect([names[0], names.at(-1)]).toEqual([player.world.project, name]);
  },

  async getOverview(player) {
    const { ok, world } = player;
    const name = await newProject(player);
    interface Overview {
      projects: { projectName: string; newest: { url: string }[]; reads: number[] }[];
    }
    const { projects } = await ok<Overview>('getOverview');
    expect(projects[0]?.projectName).toBe(world.project);
    expect(projects.at(-1)).toEqual({ projectName: name, newest: [], reads: expect.any(Array) });
    const headers = asPerson(world.server, world.outsider);
    const { projects: others } = await ok<Overview>('getOverview', { headers });
    expect(others.map(({ projectName }) => projectName)).not.toContain(name);
  },

  async createProject(player) {
    const { ok, refused, world } = player;
    const body = { projectName: 'made-here' };
    expect(await ok('createProject', { body }, 201)).toMatchObject({
      projectName: 'made-here',
      cdnUrl: world.server.appUrl,
      allowedOrigins: [],
      quotaBytes: null,
      usedBytes: 0,
      images: 0,
    });
    for (const projectName of WRONG_NAMES) {
      await refused('createProject', 400, 'project_name_invalid', { body: { projectName } });
    }
    const headers = asPerson(world.server, world.outsider);
    await refused('createProject', 409, 'project_name_taken', { body });
    await refused('createProject', 409, 'project_name_taken', { body, headers });
    if (!REACHES_HUNDRED) return;
    const person = await invite(world.server, world.owner, 'many@example.com');
    const many = asPerson(world.server, person);
    for (let count = 0; count < 100; count++) await newProject(player, many);
    const oneMore = { headers: many, body: { projectName: 'one-too-many' } };
    await refused('createProject', 409, 'project_limit', oneMore);
  },

  async getProject(player) {
    const { ok, refused, world } = player;
    expect(await ok('getProject')).toMatchObject({ projectName: world.project, quotaBytes: null });
    await refused('getProject', 404, 'project_not_found', { params: { project: 'none-such' } });
  },

  async changeProject(player) {
    const { ok, refused, world } = player;
    const project = await newProject(player);
    const change = (body: object) => ({ params: { project }, body });
    const allowedOrigins = ['https://App.Example:443/', 'http://localhost:3000'];
    expect(await ok('changeProject', change({ allowedOrigins, quotaBytes: 0 }))).toMatchObject({
      allowedOrigins: ['https://app.example', 'http://localhost:3000'],
      quotaBytes: 0,
      unsignedTransforms: 'any',
    });
    expect(await ok('changeProject', change({ unsignedTransforms: 'listed' }))).toMatchObject({
      unsignedTransforms: 'listed',
    });
    const other = change({ unsignedTransforms: 'some' });
    await refused('changeProject', 400, 'field_invalid', other);
    for (const wrong of ['', '*', 'app.example', 'ftp://a', 'https://a/b', 'https://a?b', 'null']) {
      const body = change({ allowedOrigins: [wrong] });
      await refused('changeProject', 400, 'origin_malformed', body);
    }
    const tooMany = Array.from({ length: 51 }, (_, index) => `https://${index}.example`);
    await refused('changeProject', 400, 'origin_malformed', change({ allowedOrigins: tooMany }));
    for (const projectName of WRONG_NAMES) {
      await refused('changeProject', 400, 'project_name_invalid', change({ projectName }));
    }
    const taken = change({ projectName: world.project, quotaBytes: 5 });
    await refused('changeProject', 409, 'project_name_taken', taken);
    const outsiders = asPerson(world.server, world.outsider);
    const own = { headers: outsiders, params: { project: await newProject(player, outsiders) } };
    await refused('changeProject', 403, 'admin_required', { ...own, body: { quotaBytes: null } });
    const projectName = `${project}-renamed`;
    const renamed = await ok('changeProject', change({ projectName }));
    expect(renamed).toMatchObject({ projectName, quotaBytes: 0 });
    await refused('changeProject', 404, 'project_not_found', change({ projectName }));
    expect(await ok('changeProject', { params: { project: projectName }, body: {} })).toEqual(
      renamed,
    );
  },

  async listPresets(player) {
    const { ok, refused } = player;
    const params = { project: await newProject(player) };
    expect(await ok('listPresets', { params })).toEqual({ presets: [] });
    for (const name of ['zoom', 'card']) {
      await ok('putPreset', { params: { ...params, name }, body: { transform: 'w=640' } });
    }
    const { presets } = await ok<{ presets: { name: string }[] }>('listPresets', { params });
    expect(presets.map(({ name }) => name)).toEqual(['card', 'zoom']);
    await refused('listPresets', 404, 'project_not_found', { params: { project: 'none-such' } });
  },

  async getPreset(player) {
    const { ok, refused } = player;
    const params = { project: await newProject(player), name: 'card' };
    await refused('getPreset', 404, 'preset_not_found', { params });
    const put = await ok('putPreset', { params, body: { transform: 'w=640', open: true } });
    expect(await ok('getPreset', { params })).toEqual(put);
    await refused('getPreset', 404, 'preset_not_found', { params: { ...params, name: 'CARD' } });
  },

  async putPreset(player) {
    const { ok, refused, world } = player;
    const params = { project: world.project, name: 'card' };
    expect(
      await ok('putPreset', { params, body: { transform: 'q=70,h=360,w=640,fit=crop' } }),
    ).toMatchObject({ transform: 'w=640,h=360,fit=cover,q=70', open: false, watermark: null });
    for (const transform of ['', 'w', 'w=wide', 'fmt=original', 'blur=true', 'metadata=none']) {
      await refused('putPreset', 400, 'preset_malformed', { params, body: { transform } });
    }
    const body = { transform: 'w=640' };
    for (const name of ['a', 'Card', '2up', 'a_b', 'x'.repeat(41), '%61b']) {
      const wrong = { params: { ...params, name }, body };
      await refused('putPreset', 400, 'preset_malformed', wrong);
    }
    for (const key of ['none-such', world.image.key]) {
      const marked = { params, body: { ...body, watermark: { key } } };
      await refused('putPreset', 400, 'watermark_not_found', marked);
    }
    const { key } = await upload(world.server, world.file, 'private');
    await ok('changeImage', { params: { key }, body: { name: 'wide/a' } });
    const folder = { params: { ...params, name: 'wide' }, body };
    await refused('putPreset', 409, 'preset_name_taken', folder);
    await refused('putPreset', 404, 'project_not_found', {
      params: { ...params, project: 'none-such' },
      body,
    });
    if (!REACHES_HUNDRED) return;
    const full = await newProject(player);
    const names = Array.from({ length: 100 }, (_, n) => `p${n}`);
    const fill = (name: string) => ok('putPreset', { params: { project: full, name }, body });
    await Promise.all(names.map(fill));
    const oneMore = { params: { project: full, name: 'one-more' }, body };
    await refused('putPreset', 409, 'preset_limit', oneMore);
  },

  async deletePreset(player) {
    const { ok, refused } = player;
    const params = { project: await newProject(player), name: 'card' };
    await ok('putPreset', { params, body: { transform: 'w=640' } });
    await ok('deletePreset', { params }, 204);
    await refused('deletePreset', 404, 'preset_not_found', { params });
  },

  async deleteProject(player) {
    const { ok, refused } = player;
    const project = await newProject(player);
    const params = { project };
    for (const confirm of ['', project.toUpperCase(), `${project} `, 'my-app']) {
      await refused('deleteProject', 400, 'confirmation_wrong', { params, body: { confirm } });
    }
    const deletion = await ok('deleteProject', { params, body: { confirm: project } }, 202);
    expect(deletion).toMatchObject({ projectName: project, images: 0, removed: 0 });
    for (const id of ['getProject', 'getServeSecret', 'getUsage', 'listProjectAudit']) {
      await refused(id, 404, 'project_not_found', { params });
    }
    const again = { params, body: { confirm: project } };
    await refused('deleteProject', 404, 'project_not_found', again);
  },

  async checkProjectName({ ok, world }) {
    const judged = async (name: string) => {
      const params = { name: encodeURIComponent(name) };
      const { reason, available } = await ok('checkProjectName', { params });
      expect(available).toBe(reason === null);
      return reason;
    };
    expect(await judged('surely-free')).toBe(null);
    expect(await judged(world.project)).toBe('taken');
    expect(await judged('v1')).toBe('reserved');
    for (const wrong of ['A', 'a b', '../v1', 'ab\u0000', 'é'.repeat(50)]) {
      expect(await judged(wrong)).toBe('invalid');
    }
  },

  async listDeletions(player) {
    const project = await newProject(player);
    const body = { confirm: project };
    const begun = await player.ok('deleteProject', { params: { project }, body }, 202);
    const { deletions } = await player.ok<{ deletions: { id: string }[] }>('listDeletions');
    expect(deletions[0]?.id).toBe(begun['id']);
  },

  async getDeletion(player) {
    const { ok, refused, world } = player;
    const project = await newProject(player);
    const begun = await ok<{ id: string }>(
      'deleteProject',
      { params: { project }, body: { confirm: project } },
      202,
    );
    const params = { id: begun.id };
    expect(await ok('getDeletion', { params })).toMatchObject({ projectName: project });
    await refused('getDeletion', 404, 'deletion_not_found', { params: { id: 'none-such' } });
    const headers = asPerson(world.server, world.outsider);
    await refused('getDeletion', 404, 'deletion_not_found', { params, headers });
  },

  async getUsage({ ok, refused }) {
    const days = async (query: string) => {
      const usage = await ok<{ days: { date: string }[] }>('getUsage', { query });
      return usage.days.map(({ date }) => date);
    };
    expect(await days('')).toHaveLength(30);
    expect(await days('?days=90')).toHaveLength(90);
    expect(await days('?days=1')).toEqual([expect.stringMatching(/^\d{4}-\d\d-\d\d$/)]);
    for (const query of ['0', '91', '-1', '1.5', 'x', '', '1e1', '7&days=8']) {
      await refused('getUsage', 400, 'field_invalid', { query: `?days=${query}` });
    }
  },

  async getUsageByImage({ ok, refused }) {
    const { images } = await ok<{ images: { readsByDay: number[] }[] }>('getUsageByImage', {
      query: '?days=7&limit=2',
    });
    for (const { readsByDay } of images) expect(readsByDay).toHaveLength(7);
    await refused('getUsageByImage', 400, 'field_invalid', { query: '?days=31' });
    await refused('getUsageByImage', 400, 'page_malformed', { query: '?limit=0' });
  },

  async getUsageByPreset({ ok, refused }) {
    expect(await ok('getUsageByPreset')).toMatchObject({ margin: 0 });
    await refused('getUsageByPreset', 400, 'field_invalid', { query: '?days=0' });
    await refused('getUsageByPreset', 400, 'page_malformed', { query: '?limit=101' });
  },

  async getUsageByRefusal({ ok, refused }) {
    expect(await ok('getUsageByRefusal')).toHaveProperty('refusals');
    await refused('getUsageByRefusal', 400, 'field_invalid', { query: '?format=xml' });
    await refused('getUsageByRefusal', 400, 'page_malformed', { query: '?limit=x' });
  },

  listProjectAudit: (player) => auditCase(player, 'listProjectAudit'),
  listAudit: (player) => auditCase(player, 'listAudit'),
};

async function auditCase(player: Player, id: string): Promise<void> {
  const { ok, refused } = player;
  const project = await newProject(player);
  const params = { project };
  for (const name of ['one', 'two', 'three']) {
    await ok('createSecretKey', { params, body: { name } }, 201);
  }
  const actions: string[] = [];
  for (let cursor: string | null = ''; cursor !== null && actions.length < 4; ) {
    const query: string = `?limit=2${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
    const page: { entries: { action: string }[]; cursor: string | null } = await ok(id, {
      params,
      query,
    });
    actions.push(...page.entries.map(({ action }) => action));
    cursor = page.cursor;
  }
  expect(actions).toEqual([...Array(3).fill('secret_key.created'), 'project.created']);
  for (const query of ['limit=0', 'limit=201', 'limit=', 'limit=x', 'cursor=nonsense']) {
    await refused(id, 400, 'page_malformed', { params, query: `?${query}` });
  }
}
