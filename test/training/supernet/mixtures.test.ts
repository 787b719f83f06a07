import { expect, test } from 'vitest';
import { restrict } from '../../../networks/supernetwork/index.js';
import { manyOf, oneOf, sample, space } from '../../../search-spaces/index.js';
import { rngFromSeed } from '../../../foundation/numbers/index.js';
import { compileMixture } from '../../../training/supernet/compiled-mixture.js';
import type { CompiledMixture } from '../../../training/supernet/compiled-mixture.js';
import { compileSupernetwork } from '../../../training/supernet/compiled-supernetwork.js';
import { patterns, plainNumbers, randomState } from '../../support/training-laboratory.js';
import { randomNetwork, sharedSpace } from '../../support/supernet-laboratory.js';

const data = patterns(40, [5, 5, 2]);
const indices = Int32Array.from({ length: 11 }, (_none, i) => (i * 7) % 40);
const seeds = (use: string): number => use.length;
const sgd = { kind: 'sgd' } as const;
const form = { data, optimizer: sgd, architectureOptimizer: sgd, clips: false, threads: 1 } as const;
const still = { ...plainNumbers, learningRate: 0 };

const operation = (name: string) => ({ do: 'operation', name });
const choose = (...names: readonly [string, ...string[]]) => {
  const [first, ...others] = names;
  return { do: 'choose', of: oneOf([operation(first), ...others.map(operation)]) };
};
/** Branches that end in a normalisation and others, one in a repetition, and choices inside of a sum. */
const of = space({
  of: [
    choose('wide', 'normal', 'skip', 'conv'),
    { do: 'repeat', times: oneOf([0, 1, 2]), of: operation('wide') },
    {
      do: 'sum',
      of: manyOf(2, [
        { from: 0, piece: choose('relu', 'wide') },
        { from: 2, piece: choose('pool', 'wide', 'skip') },
      ]),
    },
  ],
});
const { supernetwork, choices, pathFor } = sharedSpace(of, randomNetwork);

function started(mixture: CompiledMixture): CompiledMixture {
  mixture.write(randomState(mixture));
  return mixture;
}

test.each([false, true])('slopes of logits are those of the loss, with a branch of zeros: %s', (none) => {
  const mixture = started(compileMixture({ supernetwork, ...form, none }));
  const before = mixture.read();
  const loss = mixture.trainArchitecture(indices, { ...plainNumbers, learningRate: 1 }, 1, seeds);
  const after = mixture.read();
  let compared = 0;
  for (const [name, values] of before) {
    // Neither weights nor running averages move.
    if (!/^architecture\//.test(name)) {
      if (!/^momentum\/architecture/.test(name)) expect(after.get(name), name).toEqual(values);
      continue;
    }
    values.forEach((value, i) => {
      const at = (logit: number): number => {
        mixture.write(new Map([...before, [name, values.map((own, j) => (j === i ? logit : own))]]));
        return mixture.trainArchitecture(indices, still, 1, seeds);
      };
      const slope = (at(value + 0.05) - at(value - 0.05)) / 0.1;
      const moved = value - (after.get(name)?.[i] ?? Number.NaN);
      expect(Math.abs(moved - slope), `${name}[${i}]`).toBeLessThan(2e-4 + 0.02 * Math.abs(slope));
      compared++;
    });
  }
  expect(compared).toBe(mixture.choices.reduce((sum, { outcomes }) => sum + outcomes + Number(none), 0));
  mixture.write(before);
  expect(mixture.trainArchitecture(indices, still, 1, seeds)).toBe(loss);
  mixture.close();
});

test('logits of a sum have no say, and one branch with all the weight is the path', () => {
  const mixture = started(compileMixture({ supernetwork, ...form }));
  expect(mixture.choices.map(({ name }) => name)).toEqual(
    choices.flatMap(({ name, together }) => (together.length === 1 ? [name] : [])),
  );
  const path = pathFor(sample(of, rngFromSeed(3)));
  const logits = choices.map(
    ({ name, outcomes }, i) =>
      [
        `architecture/${name}`,
        Float32Array.from({ length: outcomes }, (_none, j) => (j === path[i] ? 60 : 0)),
      ] as const,
  );
  const state = new Map([...mixture.read(), ...logits]);
  mixture.write(state);
  const paths = compileSupernetwork({ supernetwork, ...form });
  paths.write(state);
  expect(mixture.evaluate(indices).loss).toBeCloseTo(paths.evaluate(indices, path).loss, 3);
  const loss = mixture.trainWeights(indices, plainNumbers, 1, seeds);
  expect(loss).toBeCloseTo(paths.trainPaths(indices, plainNumbers, 1, seeds, [path]), 4);
  // What is on the path has the same new weights; what is not gets no gradient in either.
  const moved = mixture.read();
  for (const [name, values] of paths.read()) {
    if (name.includes('moving')) continue;
    values.forEach((value, i) => expect(moved.get(name)?.[i], name).toBeCloseTo(value, 4));
  }
  mixture.close();
  paths.close();
});

test('a mask leaves dropped logits alone and weighs the others', () => {
  const [name = ''] = choices.map((choice) => choice.name);
  const less = restrict(supernetwork, { [name]: [0, 3] });
  const whole = started(compileMixture({ supernetwork, ...form }));
  const part = compileMixture({ supernetwork: less, ...form });
  const state = new Map(whole.read());
  const logits = state.get(`architecture/${name}`) ?? new Float32Array(0);
  // A logit of minus infinity in all but its bits.
  state.set(
    `architecture/${name}`,
    logits.map((logit, i) => (i === 1 || i === 2 ? -80 : logit)),
  );
  whole.write(state);
  part.write(state);
  expect(part.evaluate(indices).loss).toBeCloseTo(whole.evaluate(indices).loss, 3);
  const loss = part.trainArchitecture(indices, plainNumbers, 1, seeds);
  expect(loss).toBeCloseTo(whole.trainArchitecture(indices, plainNumbers, 1, seeds), 4);
  const [ofPart, ofWhole] = [part, whole].map((each) => each.read().get(`architecture/${name}`));
  ofPart?.forEach((logit, i) => expect(logit).toBeCloseTo(ofWhole?.[i] ?? Number.NaN, 4));
  expect(ofPart?.[1]).toBe(-80);
  whole.close();
  part.close();
});
