import { z } from '@hono/zod-openapi';
import { ControlError } from '../errors.js';

/** RFC 5321 §4.5.3.1.3, without its angle brackets. */
const MAX_EMAIL_LENGTH = 254;
const MIN_PASSWORD_LENGTH = 12;
const MAX_PASSWORD_LENGTH = 128;

const isEmail = z.email().max(MAX_EMAIL_LENGTH);

/** Fields of bodies. What is wrong with them has codes of its own, so that the rules are not here. */
export const emailField = z.string().openapi({ format: 'email', example: 'ada@example.com' });
export const passwordField = z.string().openapi({
  format: 'password',
  description: `${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters`,
});

/** The one spelling of an email under which a user is known. */
export function normaliseEmail(text: string): string {
  return text.trim().normalize('NFC').toLowerCase();
}

/** @throws {ControlError} `email_invalid` */
export function readEmail(text: string): string {
  const email = normaliseEmail(text);
  if (!isEmail.safeParse(email).success) throw new ControlError('email_invalid');
  return email;
}

/** @throws {ControlError} `password_weak` */
export function checkPassword(text: string): void {
  const isRight = text.length >= MIN_PASSWORD_LENGTH && text.length <= MAX_PASSWORD_LENGTH;
  if (!isRight) throw new ControlError('password_weak');
}
