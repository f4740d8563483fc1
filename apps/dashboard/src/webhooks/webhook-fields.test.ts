import { describe, expect, it } from 'vitest';
import { describeTypes, fieldsOf, inputOf, urlProblem } from './webhook-fields.js';

describe('urlProblem', () => {
  it.each([
    ['https://app.example/hook', undefined],
    ['http://10.20.0.5:3000/hook', undefined],
    ['https://app.example:8443/', undefined],
    ['app.example/hook', /complete address/],
    ['ftp://app.example/', /complete address/],
    ['javascript:alert(1)', /complete address/],
    ['https://kim:secret@app.example/', /user name/],
    ['https://app.example:25/', /port 443/],
  ])('of %s is %s', (url, problem) => {
    if (problem === undefined) expect(urlProblem(url)).toBeUndefined();
    else expect(urlProblem(url)).toMatch(problem);
  });
});

describe('fieldsOf', () => {
  const url = 'https://app.example/hook';
  it('has no types for all events, and is incomplete without any', () => {
    expect(fieldsOf({ url, types: null })).toEqual({ url, types: [] });
    expect(fieldsOf({ url, types: [] })).toBeNull();
    expect(fieldsOf({ url: 'app', types: null })).toBeNull();
    expect(fieldsOf(inputOf({ url, types: ['image.deleted'] }))).toEqual({
      url,
      types: ['image.deleted'],
    });
  });
});

it('describes the types of a webhook, also those of a newer server', () => {
  expect(describeTypes([])).toBe('All events');
  expect(describeTypes(['image.uploaded', 'image.deleted'])).toBe('Image uploaded, Image deleted');
  expect(describeTypes(['image.invented'])).toBe('image.invented');
});
