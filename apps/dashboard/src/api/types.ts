import type { components } from './schema.js';

type Schemas = components['schemas'];

export type Project = Schemas['Project'];
export type Deletion = Schemas['Deletion'];
export type SecretKey = Schemas['SecretKey'];
export type ServeSecret = Schemas['ServeSecret'];
export type AuditEntry = Schemas['AuditEntry'];

export interface Me {
  readonly email: string;
  readonly name: string;
  readonly role: 'admin' | 'member';
  readonly accountId: string;
  readonly credential: 'session' | 'cli_token';
}

export interface Session {
  readonly id: string;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  readonly address: string;
  readonly userAgent: string;
  readonly current: boolean;
}

export interface CliToken {
  readonly id: string;
  readonly name: string;
  readonly lastFour: string;
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
  readonly current: boolean;
}

export interface Invitation {
  readonly id: string;
  readonly email: string | null;
  readonly createdAt: string;
  readonly expiresAt: string;
}

export interface NewInvitation {
  readonly id: string;
  readonly url: string;
  readonly email: string | null;
  readonly expiresAt: string;
}

export interface DeviceRequest {
  readonly userCode: string;
  readonly name: string;
  readonly address: string;
  readonly createdAt: string;
  readonly expiresAt: string;
}

export interface LinkFacts {
  readonly kind: 'setup' | 'invitation';
  readonly email: string | null;
  readonly expiresAt: string;
}
