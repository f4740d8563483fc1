import type { SettingType } from './setting-types.js';

/** The parts of docs/reference/configuration.md, in this order. */
export const GROUPS = {
  process: 'Process and network',
  data: 'Data',
  addresses: 'Addresses and proxies',
  'sign-in': 'Accounts and sign-in',
  uploads: 'Uploads',
  variants: 'Variants and caches',
  observability: 'Logs, metrics and traces',
} as const;

type Group = keyof typeof GROUPS;

interface Facts {
  /** Of the environment variable. */
  readonly name: string;
  /** For docs/reference/configuration.md, in Markdown. */
  readonly description: string;
  /** Whether the value must never be shown. */
  readonly secret?: true;
  /** What to do about a wrong value, where an example does not say it. */
  readonly fix?: string;
}

/** A row of the table. */
export interface Setting<T> extends Facts {
  /** Absent while the table is being made. */
  readonly group?: Group;
  readonly type: Pick<SettingType<T>, 'allowed' | 'show'>;
  /** What holds without the variable, as text of the variable; absent where it is another thing. */
  readonly default?: string;
  /** What the default is, where it depends on the machine or on other settings. */
  readonly defaultText?: string;
  readonly example?: string;
  /** @param text of the variable; `undefined` where it is not set */
  read(text: string | undefined): T;
}

/** A setting with a default. */
export function setting<T>(
  facts: Facts & {
    readonly type: SettingType<T>;
    readonly default: string;
    readonly defaultText?: string;
    readonly example?: string;
  },
): Setting<T> {
  return { ...facts, read: (text) => facts.type.parse(text ?? facts.default) };
}

/** A setting that may be absent. */
export function optional<T>(
  facts: Facts & {
    readonly type: SettingType<T>;
    readonly defaultText?: string;
    readonly example?: string;
  },
): Setting<T | undefined> {
  return { ...facts, read: (text) => (text === undefined ? undefined : facts.type.parse(text)) };
}

/** Puts settings into a part of the page. */
export function inGroup<const T extends Readonly<Record<string, Setting<unknown>>>>(
  group: Group,
  settings: T,
): T {
  const members = Object.entries(settings).map(([name, setting]) => [name, { ...setting, group }]);
  return Object.fromEntries(members) as T;
}
