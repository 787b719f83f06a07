import { contractCases, type ContractOptions } from './contract-cases.js';
import type { TestedAlgorithm } from './simulated-plan.js';

/**
 * Registers the contract of an algorithm as vitest tests, one for each case that it is able to have. Await it at the
 * top of a test file. It alone loads vitest, so that the rest of this package works without it.
 */
export async function describeAlgorithm(
  algorithm: TestedAlgorithm,
  options: ContractOptions & { readonly title?: string } = {},
): Promise<void> {
  const { describe, expect, test } = await import('vitest');
  const cases = contractCases(algorithm, options);
  describe(options.title ?? algorithm.name, () => {
    for (const group of new Set(cases.map((one) => one.group))) {
      describe(group, () => {
        for (const { name, run } of cases.filter((one) => one.group === group)) {
          // A case throws what is wrong: the expectation that it does not is what vitest counts as an assertion.
          test(name, () => expect(run).not.toThrow());
        }
      });
    }
  });
}
