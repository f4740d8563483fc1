import { itemsOf, type SettingType } from '@auraimage/host';
import { parseS3Location } from '@auraimage/objects-s3/location';
import { parsePostgresLocation } from '@auraimage/records-sql';
import { createNetworks } from '@auraimage/webhooks-http/networks';
import { isProxyList } from './trusted-proxies.js';

export const proxies: SettingType<readonly string[]> = {
  allowed:
    'addresses or ranges such as 127.0.0.1,10.0.0.0/8, or loopback, linklocal, uniquelocal, with commas between them',
  parse(text) {
    const list = itemsOf(text);
    if (!isProxyList(list)) throw new Error('has an item that is no address or range');
    return list;
  },
};

export const networks: SettingType<readonly string[]> = {
  allowed: 'addresses or ranges such as 127.0.0.1,10.20.0.0/16,fd00::/8 with commas between them',
  parse(text) {
    const list = itemsOf(text);
    refused(createNetworks)(list);
    return list;
  },
};

/** No project and no route of the server begins with an underscore. */
export const internalLocation: SettingType<string> = {
  allowed: 'a path such as /_masters/: one segment of _, a-z and -, which begins with _',
  parse(text) {
    if (!/^\/_[a-z-]{1,40}\/$/.test(text)) throw new Error('is not such a path');
    return text;
  },
};

export const bucketUrl = {
  allowed:
    's3://BUCKET/PREFIX?endpoint=https://…&region=…&create=true&timeout=10, all but the bucket optional',
  parse: refused(parseS3Location),
} satisfies SettingType<unknown>;

export const databaseUrl: SettingType<string> = {
  allowed: 'postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full&connections=10',
  parse(text) {
    refused(parsePostgresLocation)(text);
    return text;
  },
};

/** A part of a whole. */
export const ratio: SettingType<number> = {
  allowed: 'a number from 0 to 1, such as 0.1',
  parse(text) {
    if (!/^(?:0|1|1\.0{1,9}|0?\.\d{1,9})$/.test(text))
      throw new Error('is not a number from 0 to 1');
    return Number(text);
  },
};

/** A parser whose messages say what to do instead. */
function refused<S, T>(parse: (text: S) => T): (text: S) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      const { message } = error as Error;
      throw new Error(`cannot be used (${message})`);
    }
  };
}
