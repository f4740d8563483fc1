import { describe, expect, it } from 'vitest';
import { fieldsOf, transformedUrl, transformOf } from './transform-text.js';

describe('the fields of a transform', () => {
  it.each([
    'w=640,h=360,fit=auto,q=70,fmt=webp',
    'w=640',
    'fmt=auto,bg=fff,gray=true',
    'lqip=true',
  ])('say %s again', (text) => {
    expect(transformOf(fieldsOf(text))).toBe(text);
  });

  it('hold what they are for, and the rest as text', () => {
    const fields = { w: '640', h: '', fit: 'auto', q: '', fmt: '', others: 'rotate=90,gray=true' };
    expect(fieldsOf('rotate=90,w=640,fit=auto,gray=true')).toEqual(fields);
  });

  it('keep what the server refuses, so that it can say why', () => {
    expect(transformOf(fieldsOf('w=1,w=2'))).toBe('w=1,w=2');
    const typed = { ...fieldsOf(''), w: ' 640 ', others: ' colour = red ,, ' };
    expect(transformOf(typed)).toBe('w=640,colour = red');
  });
});

it('the address of a preview has the transform after the project, and nothing else of it', () => {
  const url = 'https://cdn.example/my-app/users/42/avatar?token=a.b';
  expect(transformedUrl(url, 'my-app', 'w=640,fit=auto')).toBe(
    'https://cdn.example/my-app/w=640,fit=auto/users/42/avatar?token=a.b',
  );
  expect(transformedUrl(url, 'my-app', 'w=1/../?x#y')).toBe(
    'https://cdn.example/my-app/w=1%2F..%2F%3Fx%23y/users/42/avatar?token=a.b',
  );
});
