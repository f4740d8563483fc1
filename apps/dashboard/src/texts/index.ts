import { access } from './access.js';
import { account } from './account.js';
import { audit } from './audit.js';
import { common, shell } from './common.js';
import { errors } from './errors.js';
import { image } from './image.js';
import { images, uploads } from './images.js';
import { projects } from './projects.js';
import { settings } from './settings.js';
import { usage } from './usage.js';

/** Every English text of the dashboard, by the part that shows it. */
export const texts = {
  access,
  account,
  audit,
  common,
  errors,
  image,
  images,
  projects,
  settings,
  shell,
  uploads,
  usage,
} as const;
