export * from './answer.js';
export * from './api-error.js';
export * from './context.js';
export * from './document.js';
export * from './image-body.js';
export * from './route.js';
export * from './router.js';
export * from './schemas.js';
