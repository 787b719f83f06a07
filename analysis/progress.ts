/** The least loss so far after each trial; null before the first one that counts. Null losses do not count. */
export function leastSoFar(losses: readonly (number | null)[]): readonly (number | null)[] {
  let least: number | null = null;
  return losses.map((loss) => {
    if (loss !== null && (least === null || loss < least)) least = loss;
    return least;
  });
}
