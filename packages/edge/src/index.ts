export { createEdge, type Edge, readAddress } from './edge.js';
export type { EdgeOptions } from './options.js';
export type { EdgePorts } from './ports.js';
