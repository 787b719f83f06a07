/** The name as one of several; throws for another, with all of them. */
export function namedOneOf<Name extends string>(names: readonly Name[], given: string, what: string): Name {
  const found = names.find((name) => name === given);
  if (found === undefined) throw new Error(`There is no ${what} "${given}": ${names.join(', ')}.`);
  return found;
}
