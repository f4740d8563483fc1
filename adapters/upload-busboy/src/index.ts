export { type BusboyReceiverOptions, createBusboyReceiver } from './receiver.js';
