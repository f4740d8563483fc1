export { createBusboyReceiver, type BusboyReceiverOptions } from './receiver.js';
