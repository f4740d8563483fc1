import { describe, expect, it } from 'vitest';
import { isCompleteName, toProjectName } from './project-name-field.js';

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

describe('isCompleteName', () => {
  it('asks the server only about what can be a name', () => {
    expect(isCompleteName('my-app')).toBe(true);
    expect(isCompleteName('a')).toBe(false);
    expect(isCompleteName('')).toBe(false);
  });
});
