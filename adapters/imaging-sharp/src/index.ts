export { createSharpEngine, type SharpEngineOptions } from './engine.js';
