import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rngFromSeed } from '../../../foundation/numbers/index.js';
import { childNetwork } from '../../../networks/supernetwork/index.js';
import { decode, sample } from '../../../search-spaces/index.js';
import { CompiledStep } from '../../../training/step/compiled-step.js';
import { compileMixture } from '../../../training/supernet/compiled-mixture.js';
import { compileSupernetwork } from '../../../training/supernet/compiled-supernetwork.js';
import { expectNear, expectPathSteps } from '../../support/supernet-agreement.js';
import { sharedSpace } from '../../support/supernet-laboratory.js';
import { randomTermNetwork, termSpace } from '../../support/term-laboratory.js';
import { patterns, plainNumbers, randomState } from '../../support/training-laboratory.js';

const data = patterns(40, [5, 5, 2]);
const indices = Int32Array.from({ length: 11 }, (_none, i) => (i * 7) % 40);
const seeds = (use: string): number => use.length;
const form = { data, optimizer: { kind: 'sgd', momentum: 0.9 }, clips: false, threads: 1 } as const;
const children = fc.array(fc.nat(), { minLength: 6, maxLength: 6 });

test('a step on a path with terms is that of the child alone, and moves nothing else', () => {
  fc.assert(
    fc.property(randomTermNetwork(), children, fc.boolean(), (network, drawn, clips) => {
      expectPathSteps(termSpace, { ...form, clips }, indices, drawn, 2e-5, network);
    }),
    { numRuns: 25, seed: 5 },
  );
}, 300_000);

test('a child has the same nodes as the network of decided values', () => {
  fc.assert(
    fc.property(randomTermNetwork(), children, (network, drawn) => {
      const { supernetwork, pathFor } = sharedSpace(termSpace, network);
      for (const seed of drawn) {
        const genome = sample(termSpace, rngFromSeed(seed));
        expect(childNetwork(supernetwork, pathFor(genome))).toEqual(network(decode(termSpace, genome)));
      }
    }),
    { numRuns: 100, seed: 7 },
  );
});

test('gradients of several paths with terms add up', () => {
  fc.assert(
    fc.property(randomTermNetwork(), children, (network, drawn) => {
      const { supernetwork, pathFor } = sharedSpace(termSpace, network);
      const sgd = { ...form, optimizer: { kind: 'sgd' } } as const;
      const whole = compileSupernetwork({ supernetwork, ...sgd });
      const before = randomState(whole);
      whole.write(before);
      const expected = new Map([...before].map(([name, values]) => [name, values.slice()]));
      const paths = drawn.slice(0, 3).map((seed) => pathFor(sample(termSpace, rngFromSeed(seed))));
      for (const path of paths) {
        const alone = new CompiledStep({ network: childNetwork(supernetwork, path), ...sgd });
        alone.write(before);
        alone.train(indices, plainNumbers, 1, seeds);
        for (const [name, values] of alone.read()) {
          const [sum, from] = [expected.get(name), before.get(name)];
          values.forEach((value, i) => sum?.set([(sum[i] ?? 0) + value - (from?.[i] ?? 0)], i));
        }
        alone.close();
      }
      for (const name of [...expected.keys()]) if (name.includes('moving')) expected.delete(name);
      whole.trainPaths(indices, plainNumbers, 1, seeds, paths);
      expectNear(whole.read(), expected, 5e-5);
      whole.close();
    }),
    { numRuns: 6, seed: 8 },
  );
}, 100_000);

test('a mixture refuses terms that not all children have', () => {
  const [network] = fc.sample(randomTermNetwork(), { numRuns: 1, seed: 1 });
  const { supernetwork } = sharedSpace(termSpace, network ?? (() => null));
  const sgd = { kind: 'sgd' } as const;
  expect(() => compileMixture({ supernetwork, ...form, architectureOptimizer: sgd })).toThrow(
    'has terms that not all children have, and a mixture has no weights for these: train the supernetwork on paths.',
  );
});
