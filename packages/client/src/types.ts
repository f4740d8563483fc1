import type { components, operations } from './generated/schema.js';

/**
 * The named shapes of the API.
 *
 * @example
 * type Image = Schemas['Image'];
 */
export type Schemas = components['schemas'];

/**
 * The JSON body of an operation's response, for shapes without a name.
 *
 * @example
 * type NewInvitation = ResponseBody<'createInvitation', 201>;
 */
export type ResponseBody<
  Name extends keyof operations,
  Status extends number,
> = operations[Name] extends {
  responses: Record<Status, { content: { 'application/json': infer Body } }>;
}
  ? Body
  : never;
