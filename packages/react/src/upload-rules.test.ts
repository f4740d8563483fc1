import { describe, expect, it } from 'vitest';
import { refusalOf } from './upload-rules.js';

const file = (name: string, type: string, size = 1) => new File(['x'.repeat(size)], name, { type });

describe('what is taken', () => {
  it.each([
    ['image/*', 'a.png', 'image/png', true],
    ['image/*', 'a.PNG', 'IMAGE/PNG', true],
    ['image/*', 'a.heic', '', true],
    ['image/*', 'a.txt', 'text/plain', false],
    ['image/*', 'a', '', false],
    ['image/png, image/jpeg', 'a.jpg', 'image/jpeg', true],
    ['image/png,image/jpeg', 'a.gif', 'image/gif', false],
    ['.jpg,.heic', 'a.HEIC', '', true],
    ['.jpg', 'a.png', 'image/png', false],
    ['', 'a.txt', 'text/plain', true],
  ])('accept=%j and %s of the type %j: %s', (accept, name, type, taken) => {
    const refusal = refusalOf(file(name, type), { accept });
    expect(refusal === null).toBe(taken);
    if (refusal) expect([refusal.kind, refusal.code]).toEqual(['rejected', 'type_not_allowed']);
  });

  it('has a largest size, with the code that the server would give', () => {
    const rules = { accept: 'image/*', maxSize: 10 };
    expect(refusalOf(file('a.png', 'image/png', 10), rules)).toBeNull();
    const refusal = refusalOf(file('a.png', 'image/png', 11), rules);
    expect([refusal?.kind, refusal?.code]).toEqual(['rejected', 'body_too_large']);
    expect(refusal?.message).toContain('10');
  });
});
