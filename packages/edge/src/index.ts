export { createEdge, type Edge } from './app.js';
export type { EdgeEnv, RequestFacts, RouteName } from './context.js';
export { type LocalAnswer, localAnswerOf } from './http.js';
export type { EdgeOptions } from './options.js';
export * from './ports.js';
