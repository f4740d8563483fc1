import { z } from 'zod';
import {
  baseUrl,
  databaseUrl,
  flag,
  masterKey,
  origin,
  password,
  proxies,
  storage,
  variable,
  whole,
} from './values.js';

/** Variables about where things are, who gets in and what is told, with what a person needs to know. */
export const PLACES = {
  port: variable('PORT', whole(0, 65_535), '8787', 'TCP port; 0 takes a free one'),
  host: variable('HOST', z.string().min(1), '127.0.0.1', 'Address to listen on; 0.0.0.0 for all'),
  workers: variable(
    'AURA_WORKERS',
    whole(1, 64),
    '1',
    'Processes that share the port; what other settings bound is for all of them together',
  ),
  dataDir: variable(
    'AURA_DATA_DIR',
    z.string().min(1),
    'aura-data',
    'Folder for database, images and master key',
  ),
  databaseUrl: variable(
    'AURA_DATABASE_URL',
    databaseUrl.optional(),
    undefined,
    'PostgreSQL for the records, as postgres://user:password@host:port/database?sslmode=…; default: a file in AURA_DATA_DIR',
  ),
  databaseConnections: variable(
    'AURA_DATABASE_CONNECTIONS',
    whole(1, 1000),
    '10',
    'Connections to PostgreSQL that each process holds at most',
  ),
  storage: variable(
    'AURA_STORAGE',
    storage.optional(),
    undefined,
    'Bucket for images, as s3://bucket?endpoint=https://…&region=…; default: a folder in AURA_DATA_DIR',
  ),
  storageSeconds: variable(
    'AURA_STORAGE_TIMEOUT',
    whole(1, 600),
    '10',
    'Seconds for the bucket to answer, further tries included',
  ),
  accessKeyId: variable(
    'AWS_ACCESS_KEY_ID',
    z.string().optional(),
    undefined,
    'Access key for the bucket',
  ),
  secretAccessKey: variable(
    'AWS_SECRET_ACCESS_KEY',
    z.string().optional(),
    undefined,
    'Secret of AWS_ACCESS_KEY_ID',
  ),
  sessionToken: variable(
    'AWS_SESSION_TOKEN',
    z.string().optional(),
    undefined,
    'Session token of temporary keys',
  ),
  moveFromKeyId: variable(
    'AURA_MOVE_FROM_ACCESS_KEY_ID',
    z.string().optional(),
    undefined,
    'Access key for the bucket that `aura-server move` reads, where it is not AWS_ACCESS_KEY_ID',
  ),
  moveFromSecret: variable(
    'AURA_MOVE_FROM_SECRET_ACCESS_KEY',
    z.string().optional(),
    undefined,
    'Secret of AURA_MOVE_FROM_ACCESS_KEY_ID',
  ),
  moveFromSession: variable(
    'AURA_MOVE_FROM_SESSION_TOKEN',
    z.string().optional(),
    undefined,
    'Session token of AURA_MOVE_FROM_ACCESS_KEY_ID, where it is temporary',
  ),
  publicUrl: variable(
    'AURA_PUBLIC_URL',
    baseUrl.optional(),
    undefined,
    'Where clients reach this server; default http://localhost:PORT',
  ),
  cdnUrl: variable(
    'AURA_CDN_URL',
    baseUrl.optional(),
    undefined,
    'Where pictures are read and uploaded; default AURA_PUBLIC_URL',
  ),
  appUrl: variable(
    'AURA_APP_URL',
    origin.optional(),
    undefined,
    'Where the dashboard and the API are reached, scheme and host only; default AURA_PUBLIC_URL',
  ),
  trustedProxies: variable(
    'AURA_TRUSTED_PROXIES',
    proxies,
    '',
    "Proxies in front, such as 127.0.0.1,10.0.0.0/8: their X-Forwarded-For tells who the client is. Empty: nobody's does",
  ),
  adminEmail: variable(
    'AURA_ADMIN_EMAIL',
    z.email('give an email address').max(254).optional(),
    undefined,
    'Makes the first account, in place of the set-up link; no effect once there is one',
  ),
  adminPassword: variable(
    'AURA_ADMIN_PASSWORD',
    password.optional(),
    undefined,
    'Password of the first account, 12 to 128 characters',
  ),
  masterKey: variable(
    'AURA_MASTER_KEY',
    masterKey.optional(),
    undefined,
    'Key that encrypts secrets at rest, 32 bytes as hex or base64; default: a file made in the data folder',
  ),
  newMasterKey: variable(
    'AURA_NEW_MASTER_KEY',
    masterKey.optional(),
    undefined,
    'The key that `aura-server rekey` changes to, 32 bytes as hex or base64; default: a new one in the key file',
  ),
  logLevel: variable(
    'AURA_LOG_LEVEL',
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      error: 'give trace, debug, info, warn, error, fatal or silent',
    }),
    'info',
    'Least level that is logged; info has a line per request',
  ),
  metricsToken: variable(
    'AURA_METRICS_TOKEN',
    z.string().min(16, 'give at least 16 characters').optional(),
    undefined,
    'Bearer token for /metrics; needed once AURA_PUBLIC_URL is set, until then this machine gets them without',
  ),
  legacyVisibilityTokens: variable(
    'AURA_LEGACY_VISIBILITY_TOKENS',
    flag,
    'false',
    'Accept plain upload tokens where visibility changes, as older third-party SDKs send them',
  ),
} as const;
