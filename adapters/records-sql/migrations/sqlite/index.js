// All migrations of SQLite, for bundles without files: their bundler imports .sql files as texts.
import firstTables from './0001-first-tables.sql';
import signIn from './0002-sign-in.sql';
import rotations from './0003-rotations.sql';
import imageNames from './0004-image-names.sql';
import unsignedTransforms from './0005-unsigned-transforms.sql';
import masterMetadata from './0006-master-metadata.sql';
import revokedNames from './0007-revoked-names.sql';
import recipients from './0008-recipients.sql';
import presets from './0009-presets.sql';
import focalPoints from './0010-focal-points.sql';
import receiptKeys from './0011-receipt-keys.sql';
import webhooks from './0012-webhooks.sql';
import members from './0013-members.sql';
import people from './0014-people.sql';
import namedUsage from './0015-named-usage.sql';
import quotaMarks from './0015-quota-marks.sql';
import secondFactors from './0016-second-factors.sql';
import oneAccountPerProvider from './0017-one-account-per-provider.sql';

export const migrations = [
  { name: '0001-first-tables.sql', sql: firstTables },
  { name: '0002-sign-in.sql', sql: signIn },
  { name: '0003-rotations.sql', sql: rotations },
  { name: '0004-image-names.sql', sql: imageNames },
  { name: '0005-unsigned-transforms.sql', sql: unsignedTransforms },
  { name: '0006-master-metadata.sql', sql: masterMetadata },
  { name: '0007-revoked-names.sql', sql: revokedNames },
  { name: '0008-recipients.sql', sql: recipients },
  { name: '0009-presets.sql', sql: presets },
  { name: '0010-focal-points.sql', sql: focalPoints },
  { name: '0011-receipt-keys.sql', sql: receiptKeys },
  { name: '0012-webhooks.sql', sql: webhooks },
  { name: '0013-members.sql', sql: members },
  { name: '0014-people.sql', sql: people },
  { name: '0015-named-usage.sql', sql: namedUsage },
  { name: '0015-quota-marks.sql', sql: quotaMarks },
  { name: '0016-second-factors.sql', sql: secondFactors },
  { name: '0017-one-account-per-provider.sql', sql: oneAccountPerProvider },
];
