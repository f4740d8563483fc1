import { randomBytes } from 'node:crypto';

const ID = /^[0-9a-f]{32}$/;
const VARIANT_NAME = /^[a-z0-9][a-z0-9.-]{0,99}$/;

/** 128 random bits: never used twice. */
export function makeId(): string {
  return randomBytes(16).toString('hex');
}

export function isId(id: string): boolean {
  return ID.test(id);
}

export function isVariantName(name: string): boolean {
  return VARIANT_NAME.test(name);
}
