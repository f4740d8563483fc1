import { describe, expect, it } from 'vitest';
import { parseS3Location } from './location.js';

describe('parseS3Location', () => {
  it.each([
    [
      's3://pictures',
      { bucket: 'pictures', prefix: '', region: 'us-east-1', create: false, timeoutSeconds: 10 },
    ],
    [
      's3://pictures/',
      { bucket: 'pictures', prefix: '', region: 'us-east-1', create: false, timeoutSeconds: 10 },
    ],
    [
      's3://my.pictures/a/b_c.d?region=eu-central-1&create=true',
      {
        bucket: 'my.pictures',
        prefix: 'a/b_c.d/',
        region: 'eu-central-1',
        create: true,
        timeoutSeconds: 10,
      },
    ],
    [
      's3://pictures?timeout=600',
      { bucket: 'pictures', prefix: '', region: 'us-east-1', create: false, timeoutSeconds: 600 },
    ],
    [
      's3://pictures?endpoint=http://127.0.0.1:9000/&create=false',
      {
        bucket: 'pictures',
        prefix: '',
        endpoint: 'http://127.0.0.1:9000',
        region: 'us-east-1',
        create: false,
        timeoutSeconds: 10,
      },
    ],
    [
      's3://pictures?endpoint=https%3A%2F%2Fx.example%2Fstorage%2Fv1%2Fs3&region=auto',
      {
        bucket: 'pictures',
        prefix: '',
        endpoint: 'https://x.example/storage/v1/s3',
        region: 'auto',
        create: false,
        timeoutSeconds: 10,
      },
    ],
  ])('reads %s', (text, location) => {
    expect(parseS3Location(text)).toEqual(location);
  });

  it.each([
    ['', 'give s3://'],
    ['pictures', 'give s3://'],
    ['file:///var/lib', 'give s3://'],
    ['https://s3.example/pictures', 'give s3://'],
    ['s3:pictures', 'a bucket has'],
    ['s3://', 'a bucket has'],
    ['s3://ab', 'a bucket has'],
    ['s3://Pictures', 'a bucket has'],
    ['s3://pictures:9000', 'a bucket has'],
    [`s3://${'x'.repeat(64)}`, 'a bucket has'],
    ['s3://key:hush@pictures', 'AWS_SECRET_ACCESS_KEY'],
    ['s3://pictures/a b', 'a prefix has'],
    ['s3://pictures/.a', 'a prefix has'],
    ['s3://pictures/a//b', 'a prefix has'],
    ['s3://pictures?creat=true', 'after the ?'],
    ['s3://pictures?region=a&region=b', 'after the ?'],
    ['s3://pictures?secret=hush', 'after the ?'],
    ['s3://pictures?create=yes', 'create: give'],
    ['s3://pictures?timeout=0', 'timeout: give'],
    ['s3://pictures?timeout=601', 'timeout: give'],
    ['s3://pictures?timeout=1.5', 'timeout: give'],
    ['s3://pictures?region=', 'region: give'],
    ['s3://pictures?region=EU west', 'region: give'],
    ['s3://pictures?endpoint=', 'endpoint: give'],
    ['s3://pictures?endpoint=s3.example', 'endpoint: give'],
    ['s3://pictures?endpoint=ftp://s3.example', 'endpoint: give'],
    ['s3://pictures?endpoint=https://key:hush@s3.example', 'endpoint: give'],
  ])('refuses %j', (text, why) => {
    const parse = () => parseS3Location(text);
    expect(parse).toThrow(TypeError);
    expect(parse).toThrow(why);
    expect(parse).not.toThrow('hush');
  });
});
