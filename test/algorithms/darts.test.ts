import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AlgorithmError,
  bindAlgorithm,
  darts,
  operationRoles,
  random,
  sharedWeights,
  type AlgorithmReference,
  type DartsOptions,
  type MixSlice,
  type Outcome,
  type Trial,
} from '../../algorithms/index.js';
import { readMixtureStage, relaxationOf, type MixtureStage } from '../../algorithms/contract/index.js';
import {
  allLeft,
  derivedGenome,
  derivedWithFewSkips,
  heaviestLeft,
  weightsOf,
  type Mixture,
} from '../../algorithms/darts/discretisation.js';
import { countedSkips, rolesOfRows } from '../../algorithms/darts/operation-roles.js';
import { eigenvalueStop } from '../../algorithms/darts/stop-rules.js';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import {
  constrained,
  dartsCells,
  decode,
  int,
  listOf,
  manyOf,
  oneOf,
  permutation,
  sampleBatch,
  space,
  validate,
  view,
  type Genome,
  type Space,
} from '../../search-spaces/index.js';
import { describeAlgorithm } from '../../testing/index.js';
import { runAlgorithm } from '../support/algorithm-run.js';

const operations = ['skip', 'conv', 'wide'] as const;
const edges = space({ first: oneOf(operations), second: oneOf(operations) });
const roles = operationRoles(edges, { skip: ['skip'], learnable: ['conv', 'wide'] });
/** A node that adds two of three earlier values, each through an operation. */
const node = space({
  node: manyOf(2, [0, 1, 2].map((input) => ({ input, operation: oneOf(operations) })) as never, {
    sorted: true,
  }),
});

function mixture(of: Space, logits: readonly number[], none = false): Mixture {
  const relaxation = relaxationOf(view(of), none);
  return { relaxation, logits, left: allLeft(relaxation) };
}

/** Tells each epoch the logits that `logitsAt` has for it; returns the trials and what came of them. */
function searched(
  options: DartsOptions,
  logitsAt: (epoch: number) => readonly number[],
  of: Space = edges,
): readonly Trial[] {
  const trials: Trial[] = [];
  runAlgorithm(darts(options), of, {
    metrics: { score: 'maximize' },
    evaluate: (trial): Outcome => {
      trials.push(trial);
      const { slice } = trial;
      const values = slice?.kind === 'mix' ? logitsAt(slice.epoch) : undefined;
      return { kind: 'scored', metrics: { score: 1 }, ...(values === undefined ? {} : { values }) };
    },
  });
  return trials;
}

function stagesOf(trials: readonly Trial[]): readonly MixtureStage[] {
  return trials.flatMap(({ slice }) => (slice?.kind === 'mix' ? [readMixtureStage(slice.stage)] : []));
}

const last = (trials: readonly Trial[]): unknown => decode(edges, trials.at(-1)?.genome ?? []);

describe('the relaxation of a space', () => {
  test('dartsCells: a row for each of 28 edges, and 224 logits with the branch of zero', () => {
    const { rows, size } = relaxationOf(view(dartsCells), true);
    expect(rows).toHaveLength(28);
    expect(size).toBe(224);
    expect(rows[0]).toEqual({
      id: 'normal.node2[*][=0/2].operation',
      node: 'normal.node2[*][=0/2].operation',
      of: 7,
      offset: 0,
      length: 8,
    });
  });

  test.each<[string, Space, string]>([
    ['a number', space({ a: oneOf([1, 2]), b: int(1, 9) }), "'b' is a number, and only choices can be mixed"],
    ['a list', space({ a: listOf(oneOf([1, 2]), { min: 1, max: 3 }) }), 'is the length of a list'],
    ['bare candidates', space({ a: manyOf(2, ['x', 'y', 'z']) }), "candidate 0 of 'a' has no choice in it"],
    [
      'many options',
      space({ a: oneOf(Array.from({ length: 385 }, (_none, i) => i) as never) }),
      'at most 384',
    ],
    ['no choice', space({ a: 1 }), 'no choice whose options could be mixed'],
    [
      'a constraint',
      constrained({ a: oneOf([1, 2]), b: oneOf([1, 2]) }, [{ expr: 'a < b', reason: 'a below b' }] as never),
      'cannot keep the constraints',
    ],
  ])('refuses %s', (_name, of, sentence) => {
    expect(() => relaxationOf(view(of), false)).toThrow(sentence);
  });
});

describe('the derived architecture', () => {
  const derivedValue = (of: Space, logits: readonly number[], none = false): unknown =>
    decode(of, derivedGenome(view(of), mixture(of, logits, none)));

  test('takes the largest logit of each choice, the lower of equals, and never zero', () => {
    expect(derivedValue(edges, [0, 0, 0, 0, 1, 1])).toEqual({ first: 'skip', second: 'conv' });
    expect(derivedValue(edges, [0, 1, 0, 9, 2, 1, 1, 9], true)).toEqual({ first: 'conv', second: 'skip' });
  });

  test('takes the two candidates whose best operation weighs most, sorted, and zero takes weight from them', () => {
    const picked = (logits: readonly number[], none = false): unknown => {
      const value = derivedValue(node, logits, none) as { node: { input: number; operation: string }[] };
      return value.node.map(({ input, operation }) => [input, operation]);
    };
    expect(picked([0, 0, 0, 0, 0, 0, 0, 0, 0])).toEqual([
      [0, 'skip'],
      [1, 'skip'],
    ]);
    expect(picked([0, 1, 0, 0, 0, 0, 0, 0, 5])).toEqual([
      [0, 'conv'],
      [2, 'wide'],
    ]);
    // The weight of input 0 is the largest without zero, and the smallest with it.
    expect(picked([0, 9, 0, 20, 0, 1, 0, 0, 0, 0, 1, 0], true)).toEqual([
      [1, 'conv'],
      [2, 'wide'],
    ]);
  });

  test('each pick of a permutation has logits of its own, and none is taken twice', () => {
    const of = space({ order: permutation(['a', 'b', 'c']) });
    expect(derivedValue(of, [0, 2, 1, 0, 2, 1, 0, 2, 1])).toEqual({ order: ['b', 'c', 'a'] });
  });

  test('is a point of the space, and of one-hot logits the point itself', () => {
    for (const of of [edges, node, dartsCells]) {
      const { rows, size, sites } = relaxationOf(view(of), false);
      fc.assert(
        fc.property(
          fc.array(fc.float({ min: -9, max: 9, noNaN: true }), { minLength: size, maxLength: size }),
          (logits) => {
            expect(validate(of, derivedGenome(view(of), mixture(of, logits))).ok).toBe(true);
          },
        ),
        { numRuns: 40 },
      );
      expect(sites.length).toBeGreaterThan(0);
      expect(rows.length).toBeGreaterThan(0);
    }
    for (const genome of sampleBatch(edges, rngFromSeed(1), 9)) {
      const logits = genome.flatMap((option) => operations.map((_name, i) => (i === option ? 5 : 0)));
      expect(derivedGenome(view(edges), mixture(edges, logits))).toEqual(genome);
    }
  });

  test('keeps the skips within the limit by dropping the weakest, and only where another option is left', () => {
    const few = (logits: readonly number[], most: number, left?: Mixture['left']): unknown => {
      const of = mixture(edges, logits);
      const own = rolesOfRows(of.relaxation, roles);
      const limited = { ...of, left: left ?? of.left };
      return decode(
        edges,
        derivedWithFewSkips(view(edges), limited, (made) => countedSkips(own, made), most),
      );
    };
    const both = [3, 0, 1, 2, 1, 0];
    expect(few(both, 2)).toEqual({ first: 'skip', second: 'skip' });
    expect(few(both, 1)).toEqual({ first: 'skip', second: 'conv' });
    expect(few(both, 0)).toEqual({ first: 'wide', second: 'conv' });
    expect(few(both, 0, [[0], [0, 1]])).toEqual({ first: 'skip', second: 'conv' });
  });

  test('masked options have no weight, and the heaviest ones are left with one that is not zero', () => {
    const whole = mixture(edges, [0, 2, 1, 9, 0, 0, 0, -1], true);
    expect(heaviestLeft(whole, 2)).toEqual([
      [1, 3],
      [0, 1],
    ]);
    expect(heaviestLeft(whole, 1)).toEqual([[1], [0]]);
    const narrow = { ...whole, left: heaviestLeft(whole, 2) };
    expect(weightsOf(narrow, 0)[0]).toBe(0);
    expect(weightsOf(narrow, 0)[2]).toBe(0);
    expect(weightsOf(narrow, 1)).toEqual([0.5, 0.5, 0, 0]);
  });
});

describe('the search', () => {
  const flat = [0, 0, 0, 0, 0, 0];
  const plain: DartsOptions = { epochs: 3, none: false };

  test('is an epoch after the other, then the evaluation of what they lead to', () => {
    const trials = searched(plain, (epoch) => [0, 0, epoch, 0, epoch, 0]);
    expect(trials.map(({ slice }) => [slice?.kind, slice?.cost ?? 0])).toEqual([
      ['mix', 1],
      ['mix', 1],
      ['mix', 0],
      ['evaluate', 1],
    ]);
    expect(trials.map(({ continues }) => continues)).toEqual([undefined, 0, 1, 2]);
    expect(decode(edges, trials[0]?.genome ?? [])).toEqual({ first: 'skip', second: 'skip' });
    expect(last(trials)).toEqual({ first: 'wide', second: 'conv' });
    const [, , third, evaluation] = trials.map(({ slice }) => slice);
    expect(evaluation).toMatchObject({ stage: (third as MixSlice).stage });
  });

  test('an epoch that was cancelled is repeated from the weights before', () => {
    const trials: Trial[] = [];
    runAlgorithm(darts(plain), edges, {
      metrics: { score: 'maximize' },
      evaluate: (trial): Outcome => {
        trials.push(trial);
        if (trial.index === 1 || trial.index === 4) return { kind: 'cancelled' };
        return { kind: 'scored', metrics: { score: 1 }, values: flat };
      },
    });
    expect(trials.map(({ slice }) => slice?.kind)).toEqual([
      ...['mix', 'mix', 'mix', 'mix'],
      ...['evaluate', 'evaluate'],
    ]);
    expect(trials.map(({ continues }) => continues)).toEqual([undefined, 0, 0, 2, 3, 3]);
  });

  test('stages narrow the choices, begin anew, and have their own dropout and network', () => {
    const options: DartsOptions = {
      warmUp: 1,
      stages: [
        { epochs: 2, keep: 3, skipDropout: 0.5, network: { cells: 1 } },
        { epochs: 3, keep: 2, network: { cells: 2 } },
        { epochs: 2 },
      ],
    };
    const trials = searched(options, () => [0, 1, 2, 3, 3, 2, 1, 0]);
    const stages = stagesOf(trials);
    expect(stages.map(({ stage, epoch, alphaFrom }) => [stage, epoch, alphaFrom])).toEqual([
      [1, 1, 2],
      [1, 2, 2],
      [2, 1, 2],
      [2, 2, 2],
      [2, 3, 2],
      [3, 1, 2],
      [3, 2, 2],
    ]);
    expect(trials.map(({ slice }) => slice?.kind === 'mix' && slice.alphaSteps).slice(0, 7)).toEqual([
      ...[false, true, false, true, true],
      ...[false, true],
    ]);
    expect(stages.map(({ left }) => left)).toEqual([
      ...[null, null],
      ...Array.from({ length: 3 }, () => [
        [1, 2, 3],
        [0, 1, 2],
      ]),
      ...Array.from({ length: 2 }, () => [
        [2, 3],
        [0, 1],
      ]),
    ]);
    expect(stages.map(({ network }) => network)).toEqual([
      ...[{ cells: 1 }, { cells: 1 }],
      ...[{ cells: 2 }, { cells: 2 }, { cells: 2 }],
      ...[{}, {}],
    ]);
    // In a line while the mixture is frozen, then from its start on down.
    expect(stages.map(({ skipDropout }) => skipDropout)).toEqual([0.25, 0.5, null, null, null, null, null]);
    expect(last(trials)).toEqual({ first: 'wide', second: 'skip' });
  });

  test('the temperature and the auxiliary skip go down in each stage', () => {
    const sampled = stagesOf(
      searched({ epochs: 3, mode: 'sampled', temperature: { first: 9, last: 1 } }, () => flat),
    );
    expect(sampled.map(({ temperature }) => temperature)).toEqual([9, 5, 1]);
    const helped = stagesOf(searched({ ...plain, epochs: 4, auxiliarySkip: 1 }, () => flat));
    expect(helped.map(({ auxiliarySkip }) => auxiliarySkip)).toEqual([1, 0.75, 0.5, 0.25]);
  });

  test('more skips than allowed end it with the last architecture that had fewer', () => {
    const stop = { skips: { most: 1 } };
    const conv = [0, 1, 0];
    const skip = [1, 0, 0];
    const seen: Readonly<Record<number, readonly number[]>> = {
      // Too many from the start on: there is nothing to go back to yet.
      1: [...skip, ...skip],
      2: [...conv, ...skip],
      3: [...conv, ...conv],
      4: [...skip, ...skip],
    };
    const trials = searched(
      { epochs: 9, none: false, stop, operations: roles },
      (epoch) => seen[epoch] ?? flat,
    );
    expect(trials.map(({ slice }) => [slice?.kind, slice?.cost ?? 0])).toEqual([
      ...Array.from({ length: 4 }, () => ['mix', 1]),
      ['evaluate', 0],
    ]);
    expect(last(trials)).toEqual({ first: 'conv', second: 'conv' });
    expect(trials.at(-1)?.slice?.label).toContain('epoch 3');
  });

  test('a ranking of learnable operations that stays the same ends it', () => {
    const stop = { ranking: { epochs: 2 } };
    const seen: Readonly<Record<number, readonly number[]>> = {
      1: [0, 2, 1, 0, 1, 2],
      2: [9, 3, 1, 0, 1, 2],
      3: [9, 1, 3, 0, 1, 2],
      4: [0, 1, 3, 9, 1, 2],
      5: [5, 2, 3, 4, 0, 0.5],
    };
    const trials = searched(
      { epochs: 9, none: false, stop, operations: roles },
      (epoch) => seen[epoch] ?? flat,
    );
    expect(trials.map(({ slice }) => slice?.kind)).toEqual(['mix', 'mix', 'mix', 'mix', 'mix', 'evaluate']);
    expect(last(trials)).toEqual({ first: 'skip', second: 'skip' });
  });

  test('an eigenvalue that rises ends it with the architecture of four measurements before', () => {
    const stop = { eigenvalue: { factor: 1.3, from: 10 } };
    // Measured after every second epoch; the ninth measurement is that of epoch 18.
    const trials = searched({ epochs: 40, none: false, stop }, (epoch) => [
      ...[0, 0, epoch === 12 ? 1 : 0, 0, 0, 0],
      ...(epoch % 2 === 0 ? [epoch <= 20 ? 1 : 3] : []),
    ]);
    expect(stagesOf(trials).map(({ eigenvalue }) => eigenvalue)).toEqual(
      Array.from({ length: stagesOf(trials).length }, (_none, place) => place % 2 === 1),
    );
    // Means of five: 1.4 after epoch 22, and 1 four measurements before, at epoch 14.
    expect(trials.at(-2)?.slice).toMatchObject({ kind: 'mix', epoch: 22 });
    expect(trials.at(-1)?.slice?.label).toContain('epoch 14');
  });

  test('the rule of the eigenvalue needs nine measurements and a positive mean before', () => {
    const at = (values: readonly number[]): Parameters<typeof eigenvalueStop>[0] =>
      values.map((value, place) => ({ epoch: 2 * place + 10, value, genome: [place] as Genome }));
    const rule = { factor: 1.3, from: 10 };
    expect(eigenvalueStop(at([1, 1, 1, 1, 9, 9, 9, 9]), rule)).toBeNull();
    expect(eigenvalueStop(at([1, 1, 1, 1, 1, 9, 9, 9, 9]), rule)?.genome).toEqual([4]);
    expect(eigenvalueStop(at([1, 1, 1, 1, 1, 1, 1, 1, 2.5]), rule)).toBeNull();
    expect(eigenvalueStop(at([1, 1, 1, 1, 1, 1, 1, 1, 2.6]), rule)?.genome).toEqual([4]);
    expect(eigenvalueStop(at([-1, -1, -1, -1, -1, 9, 9, 9, 9]), rule)).toBeNull();
    expect(eigenvalueStop(at([1, 1, 1, 1, 1, 9, 9, 9, 9]), { ...rule, from: 27 })).toBeNull();
  });

  test('says what it watches', () => {
    const bound = bindAlgorithm(
      darts({ epochs: 5, operations: roles, stop: { skips: { most: 1 } } }),
      view(edges),
      [{ name: 'score', goal: 'maximize' }],
      rngFromSeed(1),
      'in-order',
    );
    const told = [
      [0, 1, 0, 0, 1, 0, 0, 0],
      [1, 0, 0, 0, 1, 0, 0, 0],
    ].reduce((state, values, index) => {
      const { action, ...proposed } = bound.propose(state, index);
      if (action.kind !== 'trial') throw new Error('It proposes a trial.');
      const trial = { ...action.proposal, index };
      return bound.tell(proposed.state, [
        { trial, outcome: { kind: 'scored', metrics: { score: 1 }, values } },
      ]);
    }, bound.init());
    const { figures, groups, warning } = bound.describe?.(told) ?? {};
    const figure = (name: string): number | null | undefined =>
      figures?.find((one) => one.name === name)?.value;
    expect(figure('epoch')).toBe(2);
    expect(figure('skips')).toBe(2);
    // Four options of which one weighs e times as much as the others.
    expect(figure('mean entropy of the choices')).toBeCloseTo(
      Math.log(Math.E + 3) - Math.E / (Math.E + 3),
      12,
    );
    expect(figure('mean weight of zero')).toBeCloseTo(1 / (Math.E + 3), 12);
    expect(groups?.[0]?.decisions[0]).toMatchObject({ id: 'first', node: 'first', options: [[0], [1], [2]] });
    expect(groups?.[0]?.decisions[0]?.probabilities[0]).toBeCloseTo(Math.E / (Math.E + 2), 12);
    expect(warning).toContain('stopped after epoch 2 and returns the architecture of epoch 1');
  });
});

describe('options', () => {
  const bound = (options: unknown, of: Space = edges): unknown => {
    const reference: AlgorithmReference = {
      ...darts({ epochs: 1 }),
      config: options as AlgorithmReference['config'],
    };
    return bindAlgorithm(
      reference,
      view(of),
      [{ name: 'score', goal: 'maximize' }],
      rngFromSeed(1),
      'in-order',
    );
  };

  test.each<[string, unknown, string]>([
    ['neither epochs nor stages', {}, "'epochs' of darts"],
    ['both of them', { epochs: 1, stages: [{ epochs: 1 }] }, 'each stage has its own epochs'],
    ['no stage', { stages: [] }, 'a list of 1 to 32 stages'],
    ['a stage with another field', { stages: [{ epochs: 1, cells: 5 }] }, "no field 'cells'"],
    ['half a warm-up epoch', { epochs: 9, warmUp: 1.5 }, "'warmUp' of darts"],
    ['a third order', { epochs: 1, order: 3 }, "'order' of darts"],
    ['another mode', { epochs: 1, mode: 'gdas' }, "'mixture' or 'sampled'"],
    ['a temperature of a mixture', { epochs: 1, temperature: { first: 1 } }, 'leave it out'],
    [
      'second order of samples',
      { epochs: 1, mode: 'sampled', order: 2 },
      'neither steps of the second order',
    ],
    ['a branch of zero among samples', { epochs: 1, mode: 'sampled', none: true }, "leave 'none' out"],
    ['skips of unknown options', { epochs: 1, maximumSkips: 2 }, 'which options are skips'],
    ['the same for a rule', { epochs: 1, stop: { skips: { most: 1 } } }, 'which options are skips'],
    [
      'ranking of unknown options',
      { epochs: 1, stop: { ranking: { epochs: 3 } } },
      'which options are learnable',
    ],
    ['a rule without a number', { epochs: 1, stop: { skips: {} } }, "'most' of 'skips' of 'stop' of darts"],
    ['an unknown rule', { epochs: 1, stop: { entropy: {} } }, "no field 'entropy'"],
    [
      'roles of no decision',
      { epochs: 1, operations: [{ decisions: ['third'], skip: [0] }] },
      "names 'third', which is no choice of the space",
    ],
    [
      'roles of no option',
      { epochs: 1, operations: [{ decisions: ['first'], skip: [3] }] },
      'a list of options below 3',
    ],
  ])('%s is one sentence', (_name, options, sentence) => {
    expect(() => bound(options)).toThrow(AlgorithmError);
    expect(() => bound(options)).toThrow(sentence);
  });

  test('roles go by the names of options, also of one member alone', () => {
    const all = operationRoles(dartsCells, {
      skip: ['skip_connect'],
      learnable: ['sep_conv_3x3', 'dil_conv_5x5'],
    });
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject({ skip: [2], learnable: [3, 6] });
    expect(all[0]?.decisions).toHaveLength(28);
    const normal = operationRoles(dartsCells, { skip: ['skip_connect'], learnable: [], within: 'normal' });
    expect(normal[0]?.decisions).toHaveLength(14);
    expect(() => bound({ epochs: 1, maximumSkips: 2, operations: normal }, dartsCells)).not.toThrow();
    expect(() => operationRoles(edges, { skip: ['identity'], learnable: [] })).toThrow('identity');
  });

  test('it shares weights by itself', () => {
    const wrapped = sharedWeights(darts({ epochs: 3 }), { paths: 'uniform', epochs: 3 });
    const metrics = [{ name: 'score', goal: 'maximize' }] as const;
    expect(() => bindAlgorithm(wrapped, view(edges), metrics, rngFromSeed(1), 'in-order')).toThrow(
      'darts shares weights between its trials by itself',
    );
    expect(random().name).toBe('random');
  });
});

const spaces = { edges, node };
const ruled: DartsOptions = {
  stages: [{ epochs: 4, keep: 2 }, { epochs: 5 }],
  stop: { skips: { most: 0 }, ranking: { epochs: 4 }, eigenvalue: {} },
};
await describeAlgorithm(darts({ epochs: 12 }), { spaces, ignoresSeed: true, title: 'darts' });
await describeAlgorithm(darts({ ...ruled, operations: roles }), {
  spaces: { edges },
  ignoresSeed: true,
  title: 'darts with rules',
});
