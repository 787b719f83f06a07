/** The whole number after an option. */
export function readCount(
  benchArguments: readonly string[],
  option: string,
  fallback: number,
  least: number,
): number {
  const at = benchArguments.indexOf(option);
  if (at === -1) return fallback;
  const value = Number(benchArguments[at + 1]);
  if (!Number.isInteger(value) || value < least) {
    throw new Error(`${option} takes an integer of at least ${least}.`);
  }
  return value;
}
