import * as sdk from '@auraimage/sdk/client';

// The client of the SDK for the tests, as a page has it.

declare global {
  var client: typeof sdk;
}

globalThis.client = sdk;
