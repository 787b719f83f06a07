import { expect, test } from 'vitest';
import type { Json } from '../../../foundation/json/index.js';
import { rngFromSeed } from '../../../foundation/numbers/index.js';
import { buildWithChoices, enasMacroNetwork, enasMicroNetwork } from '../../../networks/builders/index.js';
import { parseNetworkGraph } from '../../../networks/network-graph/index.js';
import { restrict } from '../../../networks/supernetwork/index.js';
import { decode, enasMacro, enasMicro, sample, superNet } from '../../../search-spaces/index.js';
import type { Space } from '../../../search-spaces/index.js';
import { CompiledStep } from '../../../training/step/compiled-step.js';
import { compileSupernetwork } from '../../../training/supernet/compiled-supernetwork.js';
import type { TrainClassifierOptions } from '../../../training/classifier-options.js';
import { sharedNetwork, trialNetwork } from '../../../training/trial-network.js';
import { expectNear, expectPathSteps } from '../../support/supernet-agreement.js';
import { sharedSpace } from '../../support/supernet-laboratory.js';
import { patterns, plainNumbers, randomState } from '../../support/training-laboratory.js';

const data = patterns(40, [6, 6, 2]);
const indices = Int32Array.from({ length: 12 }, (_none, i) => (i * 7) % 40);
const seeds = (use: string): number => use.length;
const optimizer = { kind: 'sgd', momentum: 0.9, nesterov: true } as const;
const form = { data, optimizer, clips: true, threads: 1 } as const;
const image = { inputShape: [6, 6, 2], classes: 4 };

const macro = (point: unknown): unknown =>
  buildWithChoices({ ...image, ...enasMacroNetwork(point as Json, { channels: 8, dropout: 0 }) });
const flat = (point: unknown): unknown =>
  buildWithChoices({ ...image, ...enasMacroNetwork(point as Json, { channels: 8, reductions: false }) });
const micro = (point: unknown): unknown =>
  buildWithChoices({ ...image, ...enasMicroNetwork(point as Json, { channels: 2, layers: 3, dropout: 0 }) });

const smallOperations = ['conv_3x3', 'conv_1x1', 'avg_pool_3x3', 'max_pool_3x3'] as const;
const spaces: readonly (readonly [string, Space, (point: unknown) => unknown])[] = [
  ['macro of 4 layers', enasMacro(4), macro],
  ['macro of 5 layers', enasMacro(5), macro],
  ['macro without reductions', enasMacro(4, { operations: smallOperations }), flat],
  ['micro of 2 blocks', enasMicro(2), micro],
  ['micro of 3 blocks', enasMicro(3), micro],
];

test.each(spaces)(
  'a step on a path is that of the child alone, and moves nothing else: %s',
  (_name, of, network) => {
    expectPathSteps(of, form, indices, [1, 2, 3, 4, 5], 5e-5, network);
  },
  120_000,
);

test.each(spaces.filter(([name]) => !name.includes('without')))(
  'the network of a point computes what the supernetwork does that is restricted to it: %s',
  (_name, of, network) => {
    const { supernetwork, choices, pathFor } = sharedSpace(of, network);
    const genome = sample(of, rngFromSeed(3));
    const path = pathFor(genome);
    const mask = Object.fromEntries(choices.map(({ name }, i) => [name, [path[i] ?? 0]]));
    const fixed = parseNetworkGraph(network(decode(of, genome)));
    const only = compileSupernetwork({ supernetwork: restrict(supernetwork, mask), ...form });
    const whole = compileSupernetwork({ supernetwork, ...form });
    const alone = new CompiledStep({ network: fixed, ...form });
    whole.write(randomState(whole));
    const state = whole.read();
    only.write(state);
    alone.write(state);
    // What is left has exactly the state of the fixed network.
    expect([...only.stateSizes.keys()].sort()).toEqual([...alone.stateSizes.keys()].sort());
    const places = new Map(choices.map(({ name }, i) => [name, path[i] ?? 0]));
    const shorter = only.choices.map(({ name }) => places.get(name) ?? 0);
    const { loss, correct } = only.evaluate(indices, shorter);
    const own = whole.evaluate(indices, path);
    expect(loss).toBeCloseTo(own.loss, 4);
    expect(correct).toBe(own.correct);
    const still = { ...plainNumbers, learningRate: 0 };
    expect(loss / indices.length).toBeCloseTo(alone.train(indices, still, 1, seeds), 4);
    alone.write(state);
    const trained = alone.train(indices, plainNumbers, 2, seeds);
    expect(only.trainPaths(indices, plainNumbers, 2, seeds, [shorter])).toBeCloseTo(trained, 5);
    expectNear(only.read(), alone.read(), 5e-5);
    for (const each of [only, whole, alone]) each.close();
  },
  60_000,
);

test.each<[string, Space, NonNullable<TrainClassifierOptions['network']>, (point: unknown) => unknown]>([
  ['macro', enasMacro(4), (p) => enasMacroNetwork(p, { channels: 8, dropout: 0 }), macro],
  ['micro', enasMicro(2), (p) => enasMicroNetwork(p, { channels: 2, layers: 3, dropout: 0 }), micro],
])('one network function makes the trial and what trials share: %s', (_name, of, network, expected) => {
  const options = { dataset: data, network };
  const point = decode(of, sample(of, rngFromSeed(1)));
  expect(trialNetwork(options, data, point, {})).toEqual(expected(point));
  const shared = sharedNetwork(
    options,
    data,
    superNet(of, () => true),
    {},
  );
  expect(shared).toEqual(sharedSpace(of, expected).supernetwork);
});
