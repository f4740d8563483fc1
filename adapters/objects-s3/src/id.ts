import { randomBytes } from 'node:crypto';

const ID = /^[0-9a-f]{32}$/;

/** 128 random bits, so that none occurs twice. */
export function makeId(): string {
  return randomBytes(16).toString('hex');
}

export function isId(id: string): boolean {
  return ID.test(id);
}
