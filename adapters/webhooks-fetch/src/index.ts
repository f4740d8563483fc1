export { createFetchSender } from './sender.js';
