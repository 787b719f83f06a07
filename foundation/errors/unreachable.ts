/**
 * Ends an exhaustive switch: the types say that no value gets here. Throws an error with the value, for one that was
 * read as something else than it is; `what` names it in the sentence.
 */
export function unreachable(value: never, what = 'value'): never {
  throw new Error(`Unknown ${what} ${JSON.stringify(value)}.`);
}
