import { DEVICE_CASES } from './api-cases-devices.js';
import { IMAGE_CASES, SECRET_CASES } from './api-cases-images.js';
import { MEMBER_CASES } from './api-cases-members.js';
import { PEOPLE_CASES } from './api-cases-people.js';
import { PROJECT_CASES } from './api-cases-projects.js';
import { SIGN_IN_CASES } from './api-cases-sign-in.js';
import { WEBHOOK_CASES } from './api-cases-webhooks.js';
import type { Case } from './api-player.js';

/** What every operation of the API does and refuses, by its id. */
export const CASES: Readonly<Record<string, Case>> = {
  ...SIGN_IN_CASES,
  ...DEVICE_CASES,
  ...PEOPLE_CASES,
  ...PROJECT_CASES,
  ...MEMBER_CASES,
  ...SECRET_CASES,
  ...IMAGE_CASES,
  ...WEBHOOK_CASES,
};
