import { describe, expect, it } from 'vitest';
import { isWholeName, toProjectName } from './project-name.js';

describe('toProjectName', () => {
  it.each([
    ['My App', 'my-app'],
    ['Fête d’été', 'fete-d-ete'],
    ['a__b  c', 'a-b-c'],
    ['x'.repeat(50), 'x'.repeat(40)],
  ])('makes %j into %j', (typed, name) => {
    expect(toProjectName(typed)).toBe(name);
  });

  it('lets a dash be typed before what follows it', () => {
    expect(toProjectName('my-')).toBe('my-');
  });
});

describe('isWholeName', () => {
  it('asks the server only about what can be a name', () => {
    expect(isWholeName('my-app')).toBe(true);
    expect(isWholeName('a')).toBe(false);
    expect(isWholeName('')).toBe(false);
  });
});
