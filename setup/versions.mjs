/** Compares two dotted versions by their first three numbers: negative, zero or positive, as for sorting. */
export function compareVersions(left, right) {
  const numbers = (version) => version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const [leftNumbers, rightNumbers] = [numbers(left), numbers(right)];
  for (let place = 0; place < 3; place += 1) {
    const difference = (leftNumbers[place] ?? 0) - (rightNumbers[place] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
