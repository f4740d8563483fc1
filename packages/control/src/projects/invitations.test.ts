import { describe, expect, it, vi } from 'vitest';
import { createTestApp } from '../testing/control-app.js';

describe('an invitation to a project', () => {
  it('that is revoked while somebody accepts it is not open again if that fails', async () => {
    const { call, invitations } = createTestApp();
    await call('ann', 'POST', '/v1/projects', { projectName: 'my-app' });
    const path = '/v1/projects/my-app/invitations';
    const { id } = (await call('ann', 'POST', path, { role: 'owner' })).json;
    expect(await invitations.claim(id)).toBe(true);
    const { status, code } = await call('ann', 'DELETE', `${path}/${id}`);
    expect([status, code]).toEqual([404, 'invitation_not_found']);
    await invitations.release(id);
    expect((await call('ann', 'GET', path)).json).toEqual({ invitations: [] });
  });

  it.each([
    { role: null, refusal: [404, 'project_not_found'] },
    { role: 'editor', refusal: [403, 'role_forbidden'] },
  ] as const)(
    'is refused to an owner who meanwhile has the role $role',
    async ({ role, refusal }) => {
      const { call, registry } = createTestApp();
      await call('ann', 'POST', '/v1/projects', { projectName: 'my-app' });
      const path = '/v1/projects/my-app/invitations';
      // The access check still finds the owner.
      const left = role === null ? [] : [{ accountId: 'account of ann', role, addedAt: 0 }];
      const list = vi.spyOn(registry.members, 'list').mockResolvedValue(left);
      const { status, code } = await call('ann', 'POST', path, { role: 'viewer' });
      expect([status, code]).toEqual(refusal);
      list.mockRestore();
      expect((await call('ann', 'GET', path)).json).toEqual({ invitations: [] });
    },
  );
});
