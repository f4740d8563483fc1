import type { Page } from 'playwright-core';

/** A request of the dashboard, and the steps that lead to it. */
export interface FailingRequest {
  /** Method and path, as in the OpenAPI document. */
  readonly request: string;
  /** The page that sends it. */
  readonly path: () => string;
  /** Steps before the request. */
  readonly prepare?: (page: Page) => Promise<void>;
  /** Sends it, also after the first failure. Without it, the page sends it when it opens. */
  readonly make?: (page: Page) => Promise<void>;
  /** Reads what was typed; after every failure it equals {@link FailingRequest.typed}. */
  readonly kept?: (page: Page) => Promise<unknown>;
  readonly typed?: unknown;
  /** The page has a form of its own to sign in to after a session has ended. */
  readonly hasSignIn?: true;
  /** Sent without a session. */
  readonly isAnonymous?: true;
}

/** The page at a fixed address. */
export const at = (path: string) => () => path;
export const click = (name: string | RegExp) => async (page: Page) => {
  await page.getByRole('button', { name, exact: true }).first().click();
};
export const confirm = (name: string | RegExp) => (page: Page) =>
  page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
const field = (label: string) => (page: Page) => page.getByLabel(label, { exact: true }).first();
export const fill = (label: string, text: string) => (page: Page) => field(label)(page).fill(text);
export const value = (label: string) => (page: Page) => field(label)(page).inputValue();
