import { answerOf, api } from './client.js';

/** The machine that waits behind a code. */
export const findDevice = (userCode: string) =>
  answerOf(api.POST('/v1/auth/device/lookup', { body: { userCode } }));

export const approveDevice = (userCode: string) =>
  answerOf(api.POST('/v1/auth/device/approve', { body: { userCode } }));

export const denyDevice = (userCode: string) =>
  answerOf(api.POST('/v1/auth/device/deny', { body: { userCode } }));
