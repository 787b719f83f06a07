import { expect, test } from 'vitest';
import { rngFromSeed } from '../../../foundation/numbers/index.js';
import { pathOf, choicesOf, childNetwork, withAllPicks } from '../../../networks/supernetwork/index.js';
import { manyOf, oneOf, sample, settingOf, space, superNet } from '../../../search-spaces/index.js';
import { compileSupernetwork } from '../../../training/supernet/index.js';
import { NetworkBuilder } from '../../../networks/builders/index.js';
import { patterns, plainNumbers, randomState } from '../../support/training-laboratory.js';
import { randomNetwork, sharedSpace } from '../../support/supernet-laboratory.js';

const data = patterns(40, [5, 5, 2]);
const indices = Int32Array.from({ length: 11 }, (_none, i) => (i * 7) % 40);
const seeds = (use: string): number => use.length;
const sgd = { kind: 'sgd' } as const;
const operation = (name: string) => ({ do: 'operation', name });
const choose = (...names: readonly [string, ...string[]]) => {
  const [first, ...others] = names;
  return { do: 'choose', of: oneOf([operation(first), ...others.map(operation)]) };
};
const of = space({
  of: [
    choose('wide', 'normal', 'skip'),
    { do: 'choose', of: oneOf([choose('conv', 'skip'), operation('pool')]) },
    {
      do: 'sum',
      of: manyOf(2, [
        { from: 0, piece: choose('relu', 'wide') },
        { from: 1, piece: choose('pool', 'skip') },
        { from: 2, piece: choose('relu', 'skip') },
      ]),
    },
  ],
});
const { supernetwork } = sharedSpace(of, randomNetwork);

test('a sum that adds all of its candidates has no choice of them, and shares their names', () => {
  const opened = withAllPicks(supernetwork);
  const before = choicesOf(supernetwork);
  const after = choicesOf(opened);
  expect(after.map(({ name }) => name)).toEqual(
    before.flatMap(({ name, together }) => (together.length === 1 ? [name] : [])),
  );
  expect(after.every(({ under, name }) => under.length > 0 && !name.endsWith('of[0]'))).toBe(true);
  const path = after.map(() => 0);
  const child = childNetwork(opened, path);
  const sum = child.nodes.find(({ op, inputs }) => op === 'add' && inputs.length === 3);
  expect(sum).toBeDefined();
});

test('slopes of sampled logits are those of the value of each choice, by the share of the sampled branch', () => {
  const opened = withAllPicks(supernetwork);
  const form = { supernetwork: opened, data, optimizer: sgd, clips: false, threads: 1 } as const;
  const trained = compileSupernetwork({ ...form, architecture: { optimizer: sgd, clips: false } });
  trained.write(randomState(trained));
  const state = trained.read();
  const logits = trained.readLogits();
  const noise = logits.map((_logit, i) => Math.sin(i) / 2);
  const temperature = 0.7;
  const net = superNet(of, () => true, { picks: 'all' });
  for (const seed of [1, 2, 3]) {
    trained.write(state);
    const path = pathOf(trained.choices, settingOf(net, sample(of, rngFromSeed(seed))));
    const one = { ...plainNumbers, learningRate: 1 };
    const loss = trained.trainLogits(indices, one, 1, seeds, { path, noise, temperature });
    const moved = trained.readLogits();
    const after = trained.read();
    // The forward pass is that of the path, to the bit.
    expect(loss).toBe(trained.trainPaths(indices, { ...plainNumbers, learningRate: 0 }, 1, seeds, [path]));
    for (const [name, values] of state)
      if (!name.includes('architecture/') && !name.includes('moving'))
        expect(after.get(name), name).toEqual(values);
    let offset = 0;
    let slopes = 0;
    for (const { outcomes, name } of trained.choices) {
      const own = [...logits.slice(offset, offset + outcomes)].map(
        (logit, i) => (logit + (noise[offset + i] ?? 0)) / temperature,
      );
      const exponents = own.map(Math.exp);
      const total = exponents.reduce((sum, value) => sum + value, 0);
      const shares = exponents.map((value) => value / total);
      const chosen = path[trained.choices.findIndex((choice) => choice.name === name)] ?? 0;
      const changes = shares.map((_share, i) => (logits[offset + i] ?? 0) - (moved[offset + i] ?? 0));
      // Slopes of softmax: those of a choice are one number, the slope by its share, times p_k (δ − p) / τ.
      const shape = shares.map(
        (share, i) => ((shares[chosen] ?? 0) * (Number(i === chosen) - share)) / temperature,
      );
      const factor = (changes[chosen] ?? 0) / (shape[chosen] ?? 1);
      changes.forEach((change, i) =>
        expect(change, `${name}[${i}]`).toBeCloseTo(factor * (shape[i] ?? 0), 4),
      );
      if (Math.abs(factor) > 1e-4) slopes += 1;
      offset += outcomes;
    }
    expect(slopes).toBeGreaterThan(3);
  }
  trained.close();
});

test('the slope by a share is that of the loss by a factor of the choice', () => {
  // The choice goes into a mean and a dense layer alone: a factor of it is one of that layer's kernel.
  const one = space({ first: oneOf(['skip', 'conv']) });
  const shared = sharedSpace(one, (program) => {
    const { first } = program as { readonly first: string };
    const builder = new NetworkBuilder();
    const input = builder.input('input', [5, 5, 2]);
    const stem = builder.node('stem', 'convolution', input, { filters: 3, kernel: [3, 3] });
    const last = builder.choose('first', first, stem, (own, scope, from) =>
      own === 'skip'
        ? from
        : builder.node(`${scope}/conv`, 'convolution', from, { filters: 3, kernel: [3, 3] }),
    );
    const pooled = builder.node('pooled', 'globalAveragePooling', last, {});
    return builder.buildWithChoices([builder.node('logits', 'dense', pooled, { units: 4 })]);
  });
  const form = {
    supernetwork: shared.supernetwork,
    data,
    optimizer: sgd,
    clips: false,
    threads: 1,
  } as const;
  const trained = compileSupernetwork({ ...form, architecture: { optimizer: sgd, clips: false } });
  trained.write(randomState(trained));
  const state = trained.read();
  const [a = 0, b = 0] = trained.readLogits();
  const path = [0];
  const noise = new Float32Array(2);
  trained.trainLogits(indices, { ...plainNumbers, learningRate: 1 }, 1, seeds, {
    path,
    noise,
    temperature: 1,
  });
  const moved = a - (trained.readLogits()[0] ?? 0);
  const share = 1 / (1 + Math.exp(b - a));
  const lossAt = (factor: number): number => {
    const kernel = state.get('logits/kernel');
    if (kernel === undefined) throw new Error(`There is no kernel among ${[...state.keys()].join(', ')}.`);
    trained.write(new Map([...state, ['logits/kernel', kernel.map((weight) => weight * factor)]]));
    return trained.trainPaths(indices, { ...plainNumbers, learningRate: 0 }, 1, seeds, [path]);
  };
  const slope = (lossAt(1.01) - lossAt(0.99)) / 0.02;
  expect(Math.abs(slope)).toBeGreaterThan(1e-3);
  expect(Math.abs(moved / (share * (1 - share)) - slope)).toBeLessThan(1e-3 + 0.02 * Math.abs(slope));
  trained.close();
});
