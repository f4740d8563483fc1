import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Names, openNames } from './support/names.js';
import { TOKEN_INVALID, TOKEN_MISSING } from './support/serve-gallery.js';
import { type Ask, ask, expectError, json } from './support/serve-request.js';

let names: Names;
beforeAll(async () => {
  names = await openNames();
});

describe('an address', () => {
  beforeAll(() => names.store({ name: 'blog/hero', visibility: 'private' }));

  const signed = (path: string, query = '', options?: Ask) =>
    names.read(`${path}?token=${names.token('blog/hero')}${query}`, options);

  it('of path and of query is the same variant', async () => {
    const forms = [
      await signed('w=40/blog/hero.webp'),
      await signed('w=40,fmt=webp/blog/hero'),
      await signed('blog/hero', '&w=40&fmt=webp'),
      await signed('w=40,fit=crop/blog/hero', '&fmt=webp&v=3'),
      await signed('v=1,w=40/blog/hero.webp'),
    ];
    for (const { status, headers, body } of forms) {
      expect([status, headers['content-type']]).toEqual([200, 'image/webp']);
      expect(headers.etag).toBe(forms[0]?.headers.etag);
      expect(body).toEqual(forms[0]?.body);
    }
    expect((await sharp(forms[0]?.body).metadata()).width).toBe(40);
  });

  it('of the name alone is the picture that the client can show', async () => {
    const any = await signed('blog/hero');
    expect([any.headers['content-type'], any.headers['vary']]).toEqual(['image/jpeg', 'Accept']);
    const modern = await signed('blog/hero', '', { headers: { Accept: 'image/webp' } });
    expect(modern.headers['content-type']).toBe('image/webp');
    expect((await signed('blog/hero', '&fmt=original')).body).toEqual(names.pictures.red);
  });

  it('of a generated key is the master, and takes segments and extensions', async () => {
    const { key } = await names.store({});
    expect((await names.read(key)).body).toEqual(names.pictures.red);
    expect((await names.read(`${key}.webp`)).headers['content-type']).toBe('image/webp');
    expect((await names.read(`w=40/${key}`)).headers['content-type']).toBe('image/jpeg');
    expect((await names.read(key.replace(/\.jpg$/, ''))).status).toBe(404);
  });

  it.each([
    'blog/hero',
    'blog/hero.webp',
    'w=40/blog/hero',
    'w=40,/blog/hero',
    'w=wide/blog/hero',
    'x=1/blog/hero',
    'blog/hero?w=wide',
    'blog/hero?download',
    'blog/hero?fmt=original',
  ])('of a private image without a token is 403 before anything else: %s', async (path) => {
    for (const method of ['GET', 'HEAD']) {
      const reply = await names.read(path, { method });
      expect([reply.status, reply.headers['cache-control']]).toEqual([403, 'no-store']);
      if (method === 'GET') expect(reply.body.toString()).toBe(TOKEN_MISSING);
    }
    for (const other of ['blog', 'blog/hero.webp', 'blog/hero2', 'BLOG/hero']) {
      const sent = `${path}${path.includes('?') ? '&' : '?'}token=${names.token(other)}`;
      expect((await names.read(sent)).body.toString()).toBe(TOKEN_INVALID);
    }
  });

  it.each([
    ['w=40,/blog/hero', 'name=value'],
    [',/blog/hero', 'name=value'],
    ['w=40,w=50/blog/hero', '"w" must be'],
    ['w=wide/blog/hero', '"w" must be'],
    ['width=40/blog/hero', '"width" is not an option'],
    ['fmt=png/blog/hero.webp', '"fmt" must be'],
  ])('%s is 400 that says why', async (path, reason) => {
    const reply = await signed(path);
    expectError(reply, 400, 'transform_malformed');
    expect(json(reply)).toEqual({ message: expect.stringContaining(reason) });
  });

  it('has no option in both path and query', async () => {
    expectError(await signed('w=40/blog/hero', '&w=40'), 400, 'transform_malformed');
  });

  it.each([
    'blog',
    'blog/',
    'blog/hero/',
    'blog//hero',
    'blog/w=40/hero',
    'blog/hero.jpg.webp',
    'blog/hero.gif',
    'blog/hero%2Ejpg',
    'blog%2Fhero',
    'BLOG/hero',
    'w%3D40/blog/hero',
    'w=40/h=30/blog/hero',
    'w=40',
  ])('%s is 404', async (path) => {
    expectError(await signed(path), 404, 'image_not_found');
  });

  it('of a blurhash takes the name as it is', async () => {
    const target = `${names.url}/v1/blurhash/${names.project}/blog/hero`;
    expectError(await ask(target), 403, 'signed_token_required');
    const reply = await ask(`${target}?token=${names.token('blog/hero')}`);
    expect(json(reply)).toMatchObject({ width: 80, height: 60 });
  });
});

describe('?download', () => {
  it('names the file as it was uploaded, with the extension of what is sent', async () => {
    const { key } = await names.store({ name: 'down/load' }, names.pictures.red, 'Größe "1".JPG');
    const named = (name: string, encoded: string) =>
      `attachment; filename="${name}"; filename*=UTF-8''${encoded}`;
    const disposition = async (query: string) =>
      (await names.read(`${key}?${query}`)).headers['content-disposition'];
    expect(await disposition('fmt=original&download')).toBe(
      named('Gr__e _1_.JPG', 'Gr%C3%B6%C3%9Fe%20%221%22.JPG'),
    );
    expect(await disposition('w=9&fmt=webp&download=')).toBe(
      named('Gr__e _1_.webp', 'Gr%C3%B6%C3%9Fe%20%221%22.webp'),
    );
    expect(await disposition('download=a%0D%0Ab%2F..%2Fc.png')).toBe(named('c.png', 'c.png'));
    expect(await disposition('w=9')).toBeUndefined();
  });
});
