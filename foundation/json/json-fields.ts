/** The field of an object that came as JSON; undefined where it has none of its own, whatever the prototype has. */
export function ownField(fields: { readonly [name: string]: unknown }, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** The name of the first field that is not among the known ones. */
export function unknownField(
  fields: { readonly [name: string]: unknown },
  known: readonly string[],
): string | undefined {
  return Object.keys(fields).find((name) => !known.includes(name));
}

/** Whether a value is an integer from `minimum` to `maximum`, both inclusive. */
export function isIntegerFrom(value: unknown, minimum: number, maximum: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum;
}
