import { onTestFailed } from 'vitest';

/**
 * A seed for the random moments of the test that asks: `DURAMEN_TEST_SEED`, or the time of day. When the test fails,
 * it is printed, so that the same moments can be tried again.
 */
export function clockSeed(): string {
  const seed = process.env['DURAMEN_TEST_SEED'] ?? String(Date.now());
  onTestFailed(() =>
    console.error(`The random moments of this test come again with DURAMEN_TEST_SEED=${seed}.`),
  );
  return seed;
}
