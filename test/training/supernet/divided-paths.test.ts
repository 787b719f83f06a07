import fc from 'fast-check';
import { test } from 'vitest';
import { parseAugmentationPolicy } from '../../../training/augmentation/augmentation-policy.js';
import { expectPathSteps } from '../../support/supernet-agreement.js';
import { randomSpace } from '../../support/supernet-laboratory.js';
import { randomTermNetwork, termSpace } from '../../support/term-laboratory.js';
import { patterns } from '../../support/training-laboratory.js';

const data = patterns(40, [5, 5, 2]);
/** Parts of three, four and four examples. */
const eleven = Int32Array.from({ length: 11 }, (_none, i) => (i * 7) % 40);

test('a batch divided among threads gives the step of the child alone', () => {
  const augmentation = parseAugmentationPolicy([{ op: 'horizontalFlip', probability: 0.5 }, { op: 'mixup' }]);
  fc.assert(
    fc.property(randomSpace(), fc.array(fc.nat(), { minLength: 3, maxLength: 3 }), (space, drawn) =>
      expectPathSteps(
        space,
        { data, optimizer: { kind: 'sgd', momentum: 0.9 }, clips: true, augmentation, threads: 3 },
        eleven,
        drawn,
        2e-4,
      ),
    ),
    { numRuns: 7, seed: 11 },
  );
}, 300_000);

test('also where some children have a term and others do not', () => {
  fc.assert(
    fc.property(randomTermNetwork(), fc.array(fc.nat(), { minLength: 3, maxLength: 3 }), (network, drawn) =>
      expectPathSteps(
        termSpace,
        { data, optimizer: { kind: 'sgd', momentum: 0.9 }, clips: true, threads: 3 },
        eleven,
        drawn,
        2e-4,
        network,
      ),
    ),
    { numRuns: 5, seed: 12 },
  );
}, 300_000);
