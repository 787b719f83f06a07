import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addMaskedSlope,
  addSlope,
  distributionOf,
  divergenceOf,
  drawOption,
  drawPossibleOption,
  entropyOf,
  mostProbableGenome,
  policyOf,
} from '../../../algorithms/policy-gradient/categorical-policy.js';
import { everyOption, readDecisions } from '../../../algorithms/policy-gradient/decisions.js';
import { headsOf, type HeadTree } from '../../../algorithms/policy-gradient/heads.js';
import { dexp, RandomStream, rngFromSeed, type ChoiceSource } from '../../../foundation/numbers/index.js';
import {
  bool,
  int,
  listOf,
  manyOf,
  oneOf,
  optional,
  permutation,
  sample,
  sweep,
  view,
  type Genome,
} from '../../../search-spaces/index.js';
import { arbitraryHeads, sequentialRules } from './space-heads.js';

const randomLogits = (size: number, seed: number, spread = 4): Float64Array => {
  const source = new RandomStream(rngFromSeed(seed));
  return Float64Array.from({ length: size }, () => (source.unit() - 0.5) * spread);
};
const sumOf = (numbers: Iterable<number>): number => [...numbers].reduce((sum, number) => sum + number, 0);
const drawing = (unit: number): ChoiceSource => ({ below: () => 0, unit: () => unit });

function logProbability(tree: HeadTree, logits: Float64Array, genome: Genome): number {
  return readDecisions(tree, genome).reduce(
    (sum, { head, option, isLegal }) =>
      sum + (distributionOf(head, logits, isLegal).logarithms[option] ?? -Infinity),
    0,
  );
}

function entropy(tree: HeadTree, logits: Float64Array, genome: Genome): number {
  return readDecisions(tree, genome).reduce(
    (sum, { head, isLegal }) => sum + distributionOf(head, logits, isLegal).entropy,
    0,
  );
}

describe('probabilities', () => {
  test('sum to 1 in every head, and without a mask both readings of the logits agree', () => {
    fc.assert(
      fc.property(arbitraryHeads(), fc.nat(), ({ tree }, seed) => {
        const logits = randomLogits(tree.size, seed, 20);
        const policy = policyOf(tree, logits);
        for (const head of tree.heads) {
          const own = policy.probabilities.subarray(head.offset, head.offset + head.of);
          const distribution = distributionOf(head, logits, everyOption);
          expect(sumOf(own)).toBeCloseTo(1, 12);
          expect(distribution.probabilities).toEqual(Float64Array.from(own));
          for (const [option, logarithm] of distribution.logarithms.entries())
            expect(policy.logarithms[head.offset + option]).toBeCloseTo(logarithm, 9);
          expect(entropyOf(head, policy)).toBeCloseTo(distribution.entropy, 9);
        }
      }),
    );
  });

  test('of all genomes of a space sum to 1, with masks, conditions and lists', () => {
    const space = view({
      set: manyOf(2, ['a', { n: int(1, 3) }, 'c', 'd'], { sorted: true }),
      multiset: manyOf(2, [0, { f: bool() }, 2], { sorted: true, distinct: false }),
      order: permutation(['x', 'y', 'z']),
      maybe: optional({ list: listOf(oneOf([0, 1]), { min: 0, max: 2 }) }),
    });
    const tree = headsOf(space, sequentialRules);
    const logits = randomLogits(tree.size, 3);
    let total = 0;
    let count = 0;
    for (const genome of sweep(space)) {
      total += dexp(logProbability(tree, logits, genome));
      count += 1;
    }
    expect(count).toBe(Number(space.size));
    expect(total).toBeCloseTo(1, 10);
  });

  test('an illegal option has probability 0 and no slope', () => {
    const tree = headsOf(view(permutation(['a', 'b', 'c'])), sequentialRules);
    const logits = randomLogits(tree.size, 5);
    const gradient = new Float64Array(tree.size);
    for (const { head, option, isLegal } of readDecisions(tree, [1, 2, 0])) {
      const distribution = distributionOf(head, logits, isLegal);
      expect(sumOf(distribution.probabilities)).toBeCloseTo(1, 12);
      addMaskedSlope(head, distribution, option, 1, 1, gradient);
    }
    expect([gradient[4], gradient[7], gradient[8]]).toEqual([0, 0, 0]);
    expect(gradient[3]).toBeLessThan(0);
    // One option is left for the last pick: it is certain.
    expect(gradient[6]).toBeCloseTo(0, 12);
  });
});

describe('slopes', () => {
  test('of log-probability and entropy are finite differences, for genomes of random spaces', () => {
    fc.assert(
      fc.property(arbitraryHeads(), fc.nat(), fc.nat(), ({ tree }, seed, place) => {
        fc.pre(tree.size > 0);
        const logits = randomLogits(tree.size, seed);
        const genome = mostProbableGenome(tree, randomLogits(tree.size, seed + 1));
        const gradient = new Float64Array(tree.size);
        for (const { head, option, isLegal } of readDecisions(tree, genome))
          addMaskedSlope(head, distributionOf(head, logits, isLegal), option, 0.7, 0.3, gradient);
        const at = place % tree.size;
        const valueAt = (change: number): number => {
          const moved = logits.slice();
          moved[at] = (moved[at] ?? 0) + change;
          return 0.7 * logProbability(tree, moved, genome) + 0.3 * entropy(tree, moved, genome);
        };
        expect(gradient[at]).toBeCloseTo((valueAt(1e-5) - valueAt(-1e-5)) / 2e-5, 6);
      }),
    );
  });

  test('of independent heads are those of masked ones without a mask', () => {
    const tree = headsOf(view([oneOf([0, 1, 2]), bool()]), sequentialRules);
    const logits = randomLogits(tree.size, 8);
    const independent = new Float64Array(tree.size);
    const masked = new Float64Array(tree.size);
    for (const head of tree.heads) {
      addSlope(head, policyOf(tree, logits), 1, -2, independent);
      addMaskedSlope(head, distributionOf(head, logits, everyOption), 1, -2, 0, masked);
    }
    for (const [at, slope] of masked.entries()) expect(independent[at]).toBeCloseTo(slope, 12);
  });
});

describe('draws and divergences', () => {
  test('the most probable genome takes the most probable legal option of each head, the first of equal ones', () => {
    fc.assert(
      fc.property(arbitraryHeads(), fc.nat(), ({ tree }, seed) => {
        const logits = randomLogits(tree.size, seed).map((logit) => Math.round(logit));
        for (const { head, option, isLegal } of readDecisions(tree, mostProbableGenome(tree, logits))) {
          const { probabilities } = distributionOf(head, logits, isLegal);
          expect(option).toBe(probabilities.indexOf(Math.max(...probabilities)));
        }
      }),
    );
  });

  test('follow the probabilities: each option has its share of [0, 1)', () => {
    const tree = headsOf(view(oneOf([0, 1, 2], { weights: [1, 2, 1] })), sequentialRules);
    const policy = { probabilities: Float64Array.of(0.25, 0.5, 0.25), logarithms: new Float64Array(3) };
    const [head] = tree.heads;
    if (head === undefined) throw new Error('a head was expected');
    const units = [0, 0.24, 0.25, 0.74, 0.75, 0.99];
    expect(units.map((unit) => drawOption(head, policy, drawing(unit)))).toEqual([0, 0, 1, 1, 2, 2]);
    expect(units.map((unit) => drawPossibleOption(policy.probabilities, drawing(unit)))).toEqual([
      0, 0, 1, 1, 2, 2,
    ]);
  });

  test('differ where rounding leaves a rest: the last option takes it, or the last possible one', () => {
    const tree = headsOf(view(oneOf([0, 1, 2])), sequentialRules);
    const probabilities = Float64Array.of(0.5, 0.4, 0);
    const [head] = tree.heads;
    if (head === undefined) throw new Error('a head was expected');
    const policy = { probabilities, logarithms: new Float64Array(3) };
    expect(drawOption(head, policy, drawing(0.95))).toBe(2);
    expect(drawPossibleOption(probabilities, drawing(0.95))).toBe(1);
  });

  test('a divergence is positive, and 0 from the same policy', () => {
    const tree = headsOf(view(oneOf([0, 1, 2, 3])), sequentialRules);
    const [one, other] = [policyOf(tree, randomLogits(4, 1)), policyOf(tree, randomLogits(4, 2))];
    for (const head of tree.heads) {
      expect(divergenceOf(head, one, one)).toBe(0);
      expect(divergenceOf(head, one, other)).toBeGreaterThan(0.01);
    }
  });

  test('equal logits make a genome as probable as its choices say', () => {
    const space = view([permutation(['a', 'b', 'c']), oneOf([0, { n: int(1, 5) }])]);
    const tree = headsOf(space, sequentialRules);
    const logits = new Float64Array(tree.size);
    const genome = sample(space, rngFromSeed(4));
    const choices = genome.length === 4 ? 2 : 10;
    expect(dexp(-logProbability(tree, logits, genome))).toBeCloseTo(6 * choices, 8);
  });
});
