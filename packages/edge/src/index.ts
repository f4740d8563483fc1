export { createEdge, type Edge } from './edge.js';
export type { EdgeOptions } from './options.js';
export type { EdgePorts } from './ports.js';
export { readAddress } from './read/route.js';
