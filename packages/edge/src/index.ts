export { createEdge, type Edge } from './app.js';
export type { EdgeChange, EdgeEnv, RequestFacts, RouteName, StepName } from './context.js';
export type { Answer } from './http.js';
export type { EdgeOptions } from './options.js';
export { type ReadRequest, readAddress } from './path.js';
export * from './ports.js';
