import { expect } from 'vitest';
import { deviceToken } from '../../harness/control.js';
import type { Case, Player } from './api-player.js';
import { asBearer, jsonOf } from './api-world.js';

interface Codes {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri_complete: string;
}

const askIn = ({ ok }: Player, name = 'a laptop') =>
  ok<Codes>('requestDevice', { headers: {}, body: { name } });

async function expectNoToken({ send }: Player, device_code: string, error: string): Promise<void> {
  const reply = await send('pollDevice', { headers: {}, body: { device_code } });
  expect([reply.status, reply.headers['x-aura-error']]).toEqual([400, error]);
  expect(jsonOf(reply)).toMatchObject({ error });
}

/** CLI tokens, and how to get them. */
export const DEVICE_CASES: Readonly<Record<string, Case>> = {
  async requestDevice(player) {
    const codes = await askIn(player, '  <b>a & "laptop"</b> ✓ ');
    expect(codes).toMatchObject({ expires_in: 600, interval: 5 });
    expect(codes.user_code).toMatch(/^[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}$/);
    expect(codes.device_code).toMatch(/^[\w-]{40,}$/);
    const { appUrl } = player.world.server;
    expect(codes.verification_uri_complete).toBe(`${appUrl}/device?code=${codes.user_code}`);
  },

  async pollDevice(player) {
    const { ok, refused, world } = player;
    const impatient = (await askIn(player)).device_code;
    await expectNoToken(player, impatient, 'authorization_pending');
    await expectNoToken(player, impatient, 'slow_down');
    const { device_code, user_code } = await askIn(player);
    await ok('approveDevice', { body: { userCode: user_code } }, 204);
    const options = { headers: {}, body: { device_code } };
    const { token, email } = await ok<Record<string, string>>('pollDevice', options);
    expect(token).toMatch(/^aura_cli_[\w-]{43}$/);
    expect(email).toBe(world.owner.email);
    await expectNoToken(player, device_code, 'expired_token');
    await expectNoToken(player, user_code, 'expired_token');
    await expectNoToken(player, '', 'expired_token');
    await refused('lookUpDevice', 404, 'device_code_not_found', { body: { userCode: user_code } });
  },

  async cancelDevice(player) {
    const { device_code, user_code } = await askIn(player);
    const cancel = (code: string) =>
      player.ok('cancelDevice', { headers: {}, body: { device_code: code } }, 204);
    await cancel(user_code);
    const body = { userCode: user_code };
    await player.ok('lookUpDevice', { body });
    await cancel(device_code);
    await cancel('none-such');
    await player.refused('approveDevice', 404, 'device_code_not_found', { body });
    await expectNoToken(player, device_code, 'expired_token');
  },

  async lookUpDevice(player) {
    const { ok, refused } = player;
    const { user_code } = await askIn(player, '<script>alert(1)</script>');
    for (const userCode of [user_code, user_code.toLowerCase(), user_code.replace('-', '')]) {
      const device = await ok('lookUpDevice', { body: { userCode } });
      expect(device).toMatchObject({
        userCode: user_code,
        name: '<script>alert(1)</script>',
        address: '127.0.0.1',
      });
    }
    const body = { userCode: 'BBBB-BBBB' };
    await refused('lookUpDevice', 404, 'device_code_not_found', { body });
  },

  async approveDevice(player) {
    const { ok, refused } = player;
    const { device_code, user_code } = await askIn(player);
    const body = { userCode: user_code };
    await ok('approveDevice', { body }, 204);
    for (const id of ['approveDevice', 'denyDevice', 'lookUpDevice']) {
      await refused(id, 404, 'device_code_not_found', { body });
    }
    await ok('pollDevice', { headers: {}, body: { device_code } });
  },

  async denyDevice(player) {
    const { ok, refused } = player;
    const { device_code, user_code } = await askIn(player);
    const body = { userCode: user_code };
    await ok('denyDevice', { body }, 204);
    for (const id of ['approveDevice', 'denyDevice', 'lookUpDevice']) {
      await refused(id, 404, 'device_code_not_found', { body });
    }
    await expectNoToken(player, device_code, 'access_denied');
  },

  async listCliTokens({ send, ok, world }) {
    const token = await deviceToken(world.server, world.owner, 'the listed one');
    const reply = await send('listCliTokens', { headers: asBearer(token) });
    expect(reply.body.toString()).not.toContain(token);
    const { tokens } = jsonOf<{ tokens: Record<string, unknown>[] }>(reply);
    const [mine] = tokens.filter(({ current }) => current === true);
    expect(mine).toMatchObject({ name: 'the listed one', lastFour: token.slice(-4) });
    const ofSession = await ok<{ tokens: Record<string, unknown>[] }>('listCliTokens');
    expect(ofSession.tokens.map(({ current }) => current)).not.toContain(true);
  },

  async revokeMyCliToken({ ok, refused, world }) {
    const token = await deviceToken(world.server, world.owner, 'signs itself out');
    const headers = asBearer(token);
    await ok('revokeMyCliToken', { headers }, 204);
    await refused('revokeMyCliToken', 401, 'credential_invalid', { headers });
    await refused('revokeMyCliToken', 404, 'cli_token_not_found');
  },

  async revokeCliToken({ ok, refused, world }) {
    const token = await deviceToken(world.server, world.owner, 'is to end');
    const { tokens } = await ok<{ tokens: { id: string; lastFour: string }[] }>('listCliTokens');
    const id = tokens.find(({ lastFour }) => lastFour === token.slice(-4))?.id ?? '';
    await refused('revokeCliToken', 404, 'cli_token_not_found', { params: { id: token } });
    await ok('revokeCliToken', { params: { id } }, 204);
    await refused('revokeCliToken', 404, 'cli_token_not_found', { params: { id } });
    const headers = asBearer(token);
    for (const each of ['getMe', 'listProjects', 'getServeSecret']) {
      await refused(each, 401, 'credential_invalid', { headers });
    }
    await refused('listImages', 401, 'secret_key_invalid', { headers });
  },
};
