import { describe, expect, test } from 'vitest';
import { acceleratorSpace } from '../../hardware/index.js';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import type { Space } from '../../search-spaces/index.js';
import {
  autoAugment,
  autoAugmentHeads,
  dartsCell,
  dartsCells,
  enasMacro,
  enasMicro,
  fcNet,
  hpoBench,
  jahsSpace,
  mobileNet,
  mobileNetHeads,
  nasBench101,
  nasBench201Cell,
  nasBenchMacro,
  natsSizeSpace,
  sample,
  size,
  smallMobileNetHeads,
  trainingHeads,
  trivialAugment,
  trivialAugmentHeads,
  validate,
} from '../../search-spaces/index.js';

const dartsPoints = 1_037_664_180n;

const spaces: readonly (readonly [string, Space, bigint | 'infinite'])[] = [
  ['NAS-Bench-101', nasBench101, 509_607_936n],
  ['NAS-Bench-201', nasBench201Cell, 15_625n],
  ['NATS size', natsSizeSpace, 32_768n],
  ['DARTS cell', dartsCell, dartsPoints],
  ['DARTS', dartsCells, dartsPoints * dartsPoints],
  ['ENAS macro', enasMacro(), 6n ** 12n * 2n ** 66n],
  ['ENAS micro', enasMicro(), (720n * 3125n) ** 4n],
  ['NAS-Bench-Macro', nasBenchMacro, 6_561n],
  ['MobileNet', mobileNet, 408_146_688n],
  ['FCNet', fcNet, 62_208n],
  ['HPOBench', hpoBench, 30_000n],
  ['JAHS', jahsSpace, 'infinite'],
  ['AutoAugment', autoAugment(), 1760n ** 10n],
  ['TrivialAugment', trivialAugment, 19_200n],
  ['AUG, sub-policies', autoAugmentHeads(), 1650n ** 10n],
  ['AUG, groups', trivialAugmentHeads, 19_200n],
  ['NAS, mobile blocks', mobileNetHeads, 408_146_688n],
  ['NAS, two stages', smallMobileNetHeads, 6_912n],
  ['HPO', trainingHeads, 2_880n],
  ['accelerator', acceleratorSpace, 90_000n],
];

describe('ready-made spaces', () => {
  for (const [name, space, points] of spaces) {
    test(name, () => {
      expect(size(space)).toBe(points);
      for (let n = 0; n < 10; n++) {
        expect(validate(space, sample(space, { ...rngFromSeed(name), n: 1000 * n })).ok).toBe(true);
      }
    });
  }
});
