export * from './ports.js';
export * from './projects.js';
