import { describe, expect, test } from 'vitest';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import type { Json } from '../../foundation/json/index.js';
import {
  autoAugmentHeads,
  decode,
  mobileNetHeads,
  sample,
  smallMobileNetHeads,
  space,
  trainingHeads,
  trivialAugmentHeads,
} from '../../search-spaces/index.js';
import type { Space } from '../../search-spaces/index.js';
import { loneTrial } from '../../bench/lone-trial.js';
import {
  buildNetwork,
  operationGroups,
  parseAugmentationPolicy,
  trainClassifier,
} from '../../training/index.js';
import type { GroupPolicyInput } from '../../training/index.js';
import { trainingDropout, trainingSettings } from '../../training/training-parameters.js';
import { withOutputDropout } from '../../networks/network-graph/output-dropout.js';
import { patterns } from '../support/training-laboratory.js';

function pointsOf(of: Space, count: number): readonly Readonly<Record<string, Json>>[] {
  return Array.from(
    { length: count },
    (_, n) => decode(of, sample(of, { ...rngFromSeed(9), n: 1000 * n })) as Readonly<Record<string, Json>>,
  );
}

const trial = loneTrial('00000000000000aa');

describe('pipelines', () => {
  const joint = space({ ...trivialAugmentHeads, ...smallMobileNetHeads, ...trainingHeads });

  test('go straight into a training, each of them another one', async () => {
    const train = trainClassifier({ dataset: patterns(120, [8, 8, 1]), validationExamples: 40, epochs: 1 });
    const losses: number[] = [];
    for (const point of pointsOf(joint, 4)) losses.push((await train(point, trial)).loss);
    expect(new Set(losses).size).toBe(4);
    expect(losses.every(Number.isFinite)).toBe(true);
  });

  test('every point is a policy, a network and hyper-parameters', () => {
    const large = space({ ...autoAugmentHeads(2), ...mobileNetHeads, ...trainingHeads });
    for (const point of [...pointsOf(joint, 50), ...pointsOf(large, 50)]) {
      expect(() => parseAugmentationPolicy(point['augmentation'])).not.toThrow();
      const network = point['network'] as Readonly<Record<string, Json>>;
      const graph = buildNetwork({ inputShape: [32, 32, 3], classes: 10, ...network });
      const resolution = network['resolution'];
      expect(graph.nodes.some(({ op }) => op === 'resize')).toBe(resolution !== 1);
      const settings = trainingSettings([point], 1000);
      const { adamLearningRate, batchSize, optimizer } = point;
      expect(settings).toMatchObject({ batchSize, optimizer: { kind: optimizer } });
      expect(settings.learningRate).toBeCloseTo(
        Number(adamLearningRate) * (optimizer === 'sgd' ? 10 : 1),
        12,
      );
      expect(trainingDropout([point])).toBe(point['dropout']);
    }
  });
});

describe('a policy of groups', () => {
  const none = { shear: false, translate: false, rotate: false, colour: false, tone: false, invert: false };
  const all: GroupPolicyInput = {
    groups: { ...none, identity: false, rotate: true, colour: true },
    maximumStrength: 0.5,
    probability: 0.75,
    cutout: 0.1,
    horizontalFlip: true,
  };

  test('draws one operation of the chosen groups, between a flip and a cut', () => {
    const policy = parseAugmentationPolicy(all);
    expect(policy.map(({ oneOf }) => oneOf.map(([operation]) => operation?.op))).toEqual([
      ['horizontalFlip'],
      [...operationGroups.rotate, ...operationGroups.colour],
      ['cutout'],
    ]);
    const [rotate, contrast] = policy[1]?.oneOf.flat() ?? [];
    expect(rotate).toMatchObject({ probability: 0.75, magnitude: [0, 15] });
    // From the image as it is to half of the strongest change, weaker or stronger.
    expect(contrast).toMatchObject({ magnitude: [1, 1.45], randomSign: true });
  });

  test.each<[string, Partial<GroupPolicyInput>]>([
    ['no group', { groups: { ...none, identity: false } }],
    ['identity alone', { groups: { ...none, identity: true } }],
    ['the probability 0', { probability: 0 }],
  ])('leaves images as they are: %s', (_what, changes) => {
    const still = { ...all, cutout: 0, horizontalFlip: false };
    expect(parseAugmentationPolicy({ ...still, ...changes })).toEqual([]);
    expect(parseAugmentationPolicy({ ...all, ...changes })).toHaveLength(2);
  });

  test.each<[object, string]>([
    [{ groups: { shear: true } }, 'augmentation.groups must have true or false for each of identity, shear,'],
    [{ maximumStrength: 2 }, 'augmentation.maximumStrength must be a number from 0 to 1, not 2'],
    [{ horizontalFlip: 1 }, 'augmentation.horizontalFlip must be true or false, not 1'],
    [{ flip: true }, 'augmentation has an unknown field "flip"; known are groups, maximumStrength,'],
  ])('%j is refused', (changes, message) => {
    expect(() => parseAugmentationPolicy({ ...all, ...changes })).toThrow(message);
  });
});

test('dropout comes before the last dense layer of a network that has none', () => {
  const input = { inputShape: [8, 8, 1], classes: 4 };
  const plain = buildNetwork({ builder: 'plainConvolutional', ...input, widths: [4], denseUnits: 8 });
  const dropped = withOutputDropout(plain, 0.4);
  expect(dropped.nodes.map(({ op }) => op)).toEqual([
    ...plain.nodes.slice(0, -1).map(({ op }) => op),
    'dropout',
    'dense',
  ]);
  expect(dropped.nodes.at(-1)?.inputs).toEqual([dropped.nodes.at(-2)?.name]);
  expect(withOutputDropout(plain, 0)).toBe(plain);
  const own = buildNetwork({ builder: 'plainConvolutional', ...input, widths: [4], dropout: 0.1 });
  expect(withOutputDropout(own, 0.4)).toBe(own);
});
