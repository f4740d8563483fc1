import type { Api } from '../api.js';
import { type Check, expect, fail } from './report.js';
import { ask } from './requests.js';

const COPIES =
  'A cache in front of the server still gives out its copy: keep public images out of it, or purge them when they become private.';

export interface FlipTarget {
  readonly api: Api;
  readonly url: string;
  readonly signed: string;
  readonly project: string;
  readonly key: string;
}

/** Makes the image public and private again; each read must follow at once. */
export async function* checkFlip(target: FlipTarget): AsyncGenerator<Check> {
  const { api, url, signed, project, key } = target;
  await api.setVisibility(project, key, 'public');
  const open = await ask(url);
  yield expect(
    open?.status === 200,
    'flip_public',
    'Made public, it opens without a token',
    `Made public, it answers ${open?.status ?? 'nothing'} without a token`,
    'A cache in front of the server keeps refusals: let it honour Cache-Control: no-store.',
  );
  if (open?.status === 200) {
    const control = open.headers.get('cache-control') ?? '';
    yield expect(
      control === 'public, max-age=31536000, immutable',
      'public_cache_control',
      'A public image may be kept for a year',
      `The Cache-Control of a public image is ${control || 'missing'}`,
      'Something in front of the server changes Cache-Control: let it through.',
    );
  }
  await api.setVisibility(project, key, 'private');
  const closed = await ask(url);
  yield expect(
    closed?.status === 403,
    'flip_private',
    'Made private again, it is refused at once',
    `Made private again, it still answers ${closed?.status ?? 'nothing'} without a token`,
    COPIES,
  );
  const again = await ask(signed);
  if (again?.status === 200) return;
  yield fail(
    'flip_signed',
    `After the change a signed link answers ${again?.status ?? 'nothing'}`,
    'See the log of the server.',
  );
}
