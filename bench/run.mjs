import { cpus } from 'node:os';
import { benchCloudflare } from './cloudflare.mjs';
import { benchDashboard } from './dashboard.mjs';
import { benchGrid } from './grid.mjs';
import { benchGrowth } from './growth.mjs';
import { benchPrediction } from './prediction.mjs';
import { benchReads } from './reads.mjs';
import { benchRecords } from './records.mjs';
import { benchRows } from './rows.mjs';
import { benchScale } from './scale.mjs';
import { benchSoak } from './soak.mjs';
import { benchSrcset } from './srcset.mjs';
import { benchTokens } from './tokens.mjs';
import { benchTransforms } from './transforms.mjs';
import { benchUnits } from './units.mjs';
import { benchUploads } from './uploads.mjs';

// `npm run bench` measures everything; `npm run bench -- reads` one part.

/** @type {Record<string, () => Promise<void>>} */
const benches = {
  tokens: benchTokens,
  reads: benchReads,
  uploads: benchUploads,
  records: benchRecords,
  growth: benchGrowth,
  units: benchUnits,
  rows: benchRows,
  prediction: benchPrediction,
  transforms: benchTransforms,
  srcset: benchSrcset,
  scale: benchScale,
  soak: benchSoak,
  dashboard: benchDashboard,
  grid: benchGrid,
  cloudflare: benchCloudflare,
};

const names = process.argv.slice(2);
const unknown = names.find((name) => !(name in benches));
if (unknown !== undefined) {
  console.error(`There is no bench "${unknown}": choose from ${Object.keys(benches).join(', ')}`);
  process.exit(1);
}
console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}`);
for (const [name, bench] of Object.entries(benches)) {
  if (names.length === 0 || names.includes(name)) await bench();
}
