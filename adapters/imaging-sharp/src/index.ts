export { ChildFailure, type FailureCause } from './child.js';
export { createSharpEngine, type SharpEngine, type SharpEngineOptions } from './engine.js';
