import { beforeAll, describe, expect, it } from 'vitest';
import { createTestApp } from '../../testing/control-app.js';
import { operationsOf } from './view.js';

describe('the reference page', () => {
  const { request: get } = createTestApp();
  let page: string;
  beforeAll(async () => {
    page = await (await get('/docs/api')).text();
  });

  it('has every operation of the document once, in the contents and in the text', async () => {
    const operations = operationsOf(await (await get('/openapi.json')).json());
    expect(operations.length).toBeGreaterThan(40);
    for (const { operationId, summary, tags } of operations) {
      const id = operationId.toLowerCase();
      expect(page.split(`<h3 id="${id}">`), operationId).toHaveLength(2);
      const line = `<li><a href="#${id}">${summary.replaceAll("'", '&#39;')}</a></li>`;
      expect(page.split(line), operationId).toHaveLength(3); // in the sidebar, and in the contents for phones
      expect(tags, operationId).toHaveLength(1);
    }
  });

  it('has no broken fragment link and no duplicate id', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) {
      expect(ids, target).toContain(target);
    }
  });

  it('loads only its style sheet, and its policy allows nothing else', async () => {
    const { headers } = await get('/docs/api');
    expect(headers.get('content-type')).toMatch(/^text\/html/);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(page).not.toMatch(/<script|<style|<img|<iframe| style=| on\w+=|url\(/);
    const loaded = [...page.matchAll(/<link [^>]*href="([^"]+)"/g)].map(([, href]) => href);
    expect(loaded).toEqual(['/docs/api.css']);
    const css = await get('/docs/api.css');
    expect(css.headers.get('content-type')).toMatch(/^text\/css/);
    expect(await css.text()).not.toMatch(/@import|url\(/);
  });
});
