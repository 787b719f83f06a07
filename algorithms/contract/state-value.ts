/**
 * A plain value that survives encode and decode unchanged: JSON in which any value may also be a `Uint8Array`.
 * Algorithm states, and the inputs and outputs of updates, are of this type.
 */
export type StateValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly StateValue[]
  | { readonly [key: string]: StateValue };
