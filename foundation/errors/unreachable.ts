/**
 * Ends an exhaustive switch: the types say that no value gets here. Throws an error with the value all the same,
 * because data read from outside may differ from its type; `what` names the value in the message.
 */
export function unreachable(value: never, what = 'value'): never {
  throw new Error(`Unknown ${what} ${JSON.stringify(value)}.`);
}
