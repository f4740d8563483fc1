import { fileURLToPath } from 'node:url';
import { Generator, getConfig } from '@tanstack/router-generator';

// Generates the dashboard's route tree from its folder of routes, for the compiler. The router's Vite
// plugin generates the same file while `npm run dev` runs.

const root = fileURLToPath(new URL('../apps/dashboard', import.meta.url));
await new Generator({ config: getConfig({}, root), root }).run();
