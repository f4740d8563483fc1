import { z } from '@auraimage/http';
import { parseSize } from '@auraimage/protocol';

/** What the text of a variable may be. */
export interface SettingType<T> {
  /** Names every allowed value; completes "Allowed:". */
  readonly allowed: string;
  /**
   * @throws {Error} whose message completes "the value …"; it repeats nothing of the text, which may be a
   *   secret
   */
  parse(text: string): T;
  /** The text as messages may show it. By default it is shown as it is, unless the setting is secret. */
  show?(text: string): string;
}

/** A whole number within bounds, both allowed. */
export function whole(min: number, max: number, unit = ''): SettingType<number> {
  const of = unit === '' ? '' : ` of ${unit}`;
  return {
    allowed: `a whole number${of} from ${min} to ${max}`,
    parse(text) {
      if (!/^\d{1,15}$/.test(text)) throw new Error('is not a whole number');
      const value = Number(text);
      if (value < min) throw new Error(`is less than ${min}`);
      if (value > max) throw new Error(`is more than ${max}`);
      return value;
    },
  };
}

/** Bytes, or a number with `kb`, `mb` or `gb`, counted in 1024s. */
export const size: SettingType<number> = {
  allowed: 'bytes, or a size such as 500kb, 30mb or 2gb',
  parse(text) {
    try {
      return parseSize(/^\d+$/.test(text) ? Number(text) : text);
    } catch {
      throw new Error('is not a size');
    }
  },
};

export const sizeOrNone: SettingType<number> = {
  allowed: `0 for none, or ${size.allowed}`,
  parse: (text) => (text === '0' ? 0 : size.parse(text)),
};

/** Pixels with commas between them, smallest first. */
export const pixelSizes: SettingType<readonly number[]> = {
  allowed: 'whole numbers of pixels from 1 to 9999 with commas between them',
  parse(text) {
    const lengths = itemsOf(text);
    if (!lengths.every((part) => /^[1-9]\d{0,3}$/.test(part))) {
      throw new Error('is not a list of pixels');
    }
    return lengths.map(Number).sort((a, b) => a - b);
  },
};

export function oneOf<const T extends string>(values: readonly T[]): SettingType<T> {
  return {
    allowed: values.join(', '),
    parse(text) {
      const value = values.find((each) => each === text);
      if (value === undefined) throw new Error('is none of these');
      return value;
    },
  };
}

export const flag: SettingType<boolean> = {
  allowed: 'true or false',
  parse: (text) => oneOf(['true', 'false']).parse(text) === 'true',
};

/** Any text of 1 to `max` characters. */
export function textUpTo(max: number): SettingType<string> {
  return {
    allowed: `1 to ${max} characters`,
    parse: (text) => withLength(text, 1, max),
  };
}

/** A text that another system issues, such as an access key. */
export const opaque: SettingType<string> = {
  allowed: 'the text as it was issued',
  parse: (text) => text,
};

/** A secret that people choose. */
export function secretText(min: number, max: number): SettingType<string> {
  return {
    allowed: `${min} to ${max} characters`,
    parse: (text) => withLength(text, min, max),
  };
}

/** Without a trailing slash. */
export const baseUrl: SettingType<string> = {
  allowed: 'an http or https URL without user name, query and fragment',
  show: withoutSecrets,
  parse(text) {
    const url = URL.canParse(text) ? new URL(text) : null;
    if (url === null || !/^https?:$/.test(url.protocol) || !/^https?:\/\/[^\s/]/i.test(text)) {
      throw new Error('is not an http or https URL');
    }
    if (/[?#]/.test(text)) throw new Error('has a query or fragment');
    if (url.username !== '' || url.password !== '') throw new Error('has a user name or password');
    return text.replace(/\/+$/, '');
  },
};

/** Passwords of people pass through it: without TLS only on this machine. */
export const issuer: SettingType<string> = {
  ...baseUrl,
  allowed: 'an https URL without user name, query and fragment; http on this machine',
  parse(text) {
    const { protocol, hostname } = new URL(baseUrl.parse(text));
    const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
    if (protocol !== 'https:' && !isLocal) throw new Error('is not an https URL');
    return text; // with its last slash: some issuers have one
  },
};

/** Where browsers find pages: cookies belong to a whole host. */
export const origin: SettingType<string> = {
  allowed: 'an http or https URL without user name and path',
  show: withoutSecrets,
  parse(text) {
    const url = baseUrl.parse(text);
    if (new URL(url).pathname !== '/') throw new Error('has a path');
    return url;
  },
};

export const email: SettingType<string> = {
  allowed: 'an email address of at most 254 characters',
  parse(text) {
    if (!z.email().max(254).safeParse(text).success) throw new Error('is not an email address');
    return text;
  },
};

/** In lower case. */
export const emailsOrDomains: SettingType<readonly string[]> = {
  allowed: 'domains and emails with commas between them',
  parse(text) {
    const items = itemsOf(text).map((item) => item.toLowerCase());
    for (const item of items) {
      try {
        email.parse(item.includes('@') ? item : `a@${item}`);
      } catch {
        throw new Error('has an item that is no domain and no email');
      }
    }
    return items;
  },
};

/** 32 bytes. */
export const encryptionKey: SettingType<Uint8Array<ArrayBuffer>> = {
  allowed: '32 bytes as 64 hexadecimal digits or as base64',
  parse(text) {
    if (/^[0-9a-f]{64}$/i.test(text)) {
      return Uint8Array.from(text.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
    }
    if (!/^[\w+/-]{43}=?$/.test(text)) throw new Error('is not 32 bytes');
    const base64 = text.replaceAll('-', '+').replaceAll('_', '/');
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  },
};

/** A text that should be a URL, without what may be a password or a token in it. */
function withoutSecrets(text: string): string {
  return text.replace(/^([a-z][a-z\d+.-]*:\/*)?.*@/is, '$1…@').replace(/[?#].*$/s, '?…');
}

/** The parts of a list with commas, without spaces around them and empty ones. */
export function itemsOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function withLength(text: string, min: number, max: number): string {
  if (text.length < min) throw new Error(`has less than ${min} characters`);
  if (text.length > max) throw new Error(`has more than ${max} characters`);
  return text;
}
