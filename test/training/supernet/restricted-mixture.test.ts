import { expect, test } from 'vitest';
import { restrict } from '../../../networks/supernetwork/index.js';
import { oneOf, space } from '../../../search-spaces/index.js';
import { NetworkBuilder } from '../../../training/index.js';
import { compileMixture } from '../../../training/supernet/compiled-mixture.js';
import { sharedSpace } from '../../support/supernet-laboratory.js';
import { patterns, plainNumbers, randomState } from '../../support/training-laboratory.js';

const data = patterns(40, [5, 5, 2]);
const [training, validation] = [0, 20].map((from) => Int32Array.from({ length: 12 }, (_none, i) => from + i));
const seeds = (use: string): number => use.length;

function network(program: unknown): unknown {
  const builder = new NetworkBuilder();
  const input = builder.input('input', [5, 5, 2]);
  let last = builder.node('stem', 'convolution', input, { filters: 3, kernel: [3, 3] });
  for (const [name, choice] of Object.entries(program as Readonly<Record<string, string>>)) {
    last = builder.choose(name, choice, last, (own, scope, from) => {
      if (own === 'skip') return builder.node(`${scope}/identity`, 'identity', from, {});
      if (own === 'pool') return builder.node(`${scope}/pool`, 'maxPooling', from, { kernel: [3, 3] });
      const kernel: [number, number] = own === 'wide' ? [5, 5] : [3, 3];
      const convolved = builder.node(`${scope}/conv`, 'convolution', from, { filters: 3, kernel });
      return builder.node(`${scope}/normal`, 'batchNormalization', convolved, { scale: false });
    });
  }
  const pooled = builder.node('pooled', 'globalAveragePooling', last, {});
  return builder.buildWithChoices([builder.node('logits', 'dense', pooled, { units: 4 })]);
}

const all = oneOf(['conv', 'pool', 'wide', 'skip']);
const few = oneOf(['conv', 'wide', 'skip']);
const left = [0, 2, 3];

test('a supernetwork with a mask trains to the bits of that of the space without the masked operations', () => {
  const whole = sharedSpace(space({ first: all, second: all }), network).supernetwork;
  const small = sharedSpace(space({ first: few, second: few }), network).supernetwork;
  const form = {
    ...{ data, threads: 1, clips: true, none: true },
    optimizer: { kind: 'sgd', momentum: 0.9 },
    architectureOptimizer: { kind: 'adam', beta1: 0.5, beta2: 0.999 },
  } as const;
  const masked = compileMixture({ supernetwork: restrict(whole, { first: left, second: left }), ...form });
  const alone = compileMixture({ supernetwork: small, ...form });
  const state = randomState(alone);
  const isLogits = (name: string): boolean => name.includes('architecture/');
  // The place of each logit of the small space among those of the whole; that of zero comes last.
  const places = [...left, 4];
  const spread = (numbers: Float32Array): Float32Array =>
    Float32Array.from({ length: 5 }, (_none, option) => numbers[places.indexOf(option)] ?? 0.25);
  masked.write(
    new Map([...state].map(([name, numbers]) => [name, isLogits(name) ? spread(numbers) : numbers])),
  );
  alone.write(state);
  if (training === undefined || validation === undefined) throw new Error('There are two halves.');
  for (let step = 1; step <= 4; step += 1) {
    const [ofMasked, ofAlone] = [masked, alone].map((mixture) => [
      mixture.trainArchitecture(validation, { ...plainNumbers, learningRate: 0.02 }, step, seeds),
      mixture.trainWeights(training, { ...plainNumbers, learningRate: 0.05, clipNorm: 1 }, step, seeds),
    ]);
    expect(ofMasked).toEqual(ofAlone);
  }
  const [after, expected] = [masked.read(), alone.read()];
  expect([...after.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [name, numbers] of expected) {
    const own = after.get(name) ?? new Float32Array(0);
    expect([name, isLogits(name) ? places.map((place) => own[place]) : [...own]]).toEqual([
      name,
      [...numbers],
    ]);
  }
  masked.close();
  alone.close();
});
