import { Readable } from 'node:stream';
import { describeUploadReceiver } from '@auraimage/ports/contracts';
import { createBusboyReceiver } from './receiver.js';

describeUploadReceiver('busboy over web streams', () => createBusboyReceiver());

describeUploadReceiver('busboy over Node streams', () =>
  createBusboyReceiver({
    // Without a body the receiver falls back to the request.
    nodeBody: ({ body }) =>
      body === null ? undefined : Readable.from(body, { objectMode: false }),
  }),
);
