/** A list that has an element. */
export type NonEmptyList<T> = readonly [T, ...T[]];

/** A list that is known to have an element; throws if it has none. */
export function some<T>(list: readonly T[]): NonEmptyList<T> {
  const [first, ...others] = list;
  if (first === undefined) throw new Error('A list was expected to have an element.');
  return [first, ...others];
}
