import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AlgorithmError,
  checkSlice,
  dedupe,
  drawOf,
  findAlgorithm,
  leavesWeights,
  random,
  register,
  sliceByteLimit,
  stopEarly,
  byValue,
  type Proposal,
  type Slice,
} from '../../algorithms/index.js';
import { dedupeAlgorithm } from '../../algorithms/wrapping/dedupe.js';
import { stopEarlyAlgorithm } from '../../algorithms/wrapping/stop-early.js';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import { oneOf, space, view } from '../../search-spaces/index.js';
import { toy } from '../testing/toy-algorithm.js';

const policy = 'a'.repeat(64);
const uniform = { from: 'uniform', stream: 'epoch 3' } as const;

const name = fc.string({ minLength: 1, maxLength: 128 });
const draw = fc.oneof(
  fc.record({ from: fc.constant('uniform' as const), stream: name }),
  fc.record({ from: fc.constant('policy' as const), policy: fc.constant(policy), stream: name }),
  fc.record({
    from: fc.constant('list' as const),
    genomes: fc.array(fc.array(fc.nat(9), { maxLength: 4 }), { minLength: 1, maxLength: 4 }),
  }),
);
const count = fc.integer({ min: 1, max: 384 });
const slices: fc.Arbitrary<Slice> = fc
  .tuple(
    fc.oneof(
      fc.record({
        kind: fc.constant('train' as const),
        epoch: count,
        paths: fc.oneof(fc.constantFrom({ from: 'uniform' as const }, { from: 'fair' as const }), draw),
      }),
      fc.record({
        kind: fc.constant('mix' as const),
        epoch: count,
        stage: fc.dictionary(fc.string({ maxLength: 8 }), fc.integer()),
        alphaSteps: fc.boolean(),
      }),
      fc.record(
        { kind: fc.constant('score' as const), count, draw, examples: count, batches: name },
        { requiredKeys: ['kind', 'count', 'draw', 'examples'] },
      ),
      fc.record({ kind: fc.constant('evaluate' as const) }),
      fc.record({ kind: fc.constant('embed' as const), probe: name }),
    ),
    fc.record(
      { cost: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), label: fc.string() },
      { requiredKeys: [] },
    ),
  )
  // As everything that an algorithm proposes, a slice is read back from JSON.
  .map(([slice, more]) => JSON.parse(JSON.stringify({ ...slice, ...more })) as Slice);

test('every slice passes its check unchanged', () => {
  fc.assert(
    fc.property(slices, (slice) => {
      expect(checkSlice(slice)).toEqual(slice);
    }),
  );
});

test.each<[string, unknown, string]>([
  ['no object', 7, 'must be a plain JSON object'],
  [
    'no JSON',
    { kind: 'mix', epoch: 1, stage: { mask: new Uint8Array(2) }, alphaSteps: true },
    'plain JSON object',
  ],
  [
    'another kind',
    { kind: 'sleep' },
    `'kind' of a slice must be one of train, mix, score, evaluate, embed, it is "sleep"`,
  ],
  ['a kind of every object', { kind: 'toString' }, "'kind' of a slice"],
  ['a field too many', { kind: 'evaluate', epoch: 1 }, "has no field 'epoch'"],
  [
    'epoch 0',
    { kind: 'train', epoch: 0, paths: { from: 'fair' } },
    "'epoch' of a slice of kind 'train' must be",
  ],
  ['no epoch', { kind: 'train', paths: { from: 'fair' } }, 'it is missing'],
  [
    'unknown paths',
    { kind: 'train', epoch: 1, paths: { from: 'best' } },
    "'paths' of a slice of kind 'train'",
  ],
  ['a stream of fair paths', { kind: 'train', epoch: 1, paths: { from: 'fair', stream: 'a' } }, "'paths'"],
  ['no steps', { kind: 'train', epoch: 1, paths: uniform, steps: 0 }, "'steps'"],
  ['a list as stage', { kind: 'mix', epoch: 1, stage: [], alphaSteps: true }, "'stage'"],
  ['a mixture of no values', { kind: 'mix', epoch: 1, stage: {}, alphaSteps: true, values: 0 }, "'values'"],
  ['a stage by name', { kind: 'evaluate', stage: 'last' }, "'stage'"],
  ['steps of alpha by number', { kind: 'mix', epoch: 1, stage: {}, alphaSteps: 1 }, "'alphaSteps'"],
  ['385 scores', { kind: 'score', count: 385, draw: uniform, examples: 10 }, 'a whole number from 1 to 384'],
  ['no draw', { kind: 'score', count: 3, examples: 10 }, "'draw' of a slice"],
  [
    'a draw without stream',
    { kind: 'score', count: 3, draw: { from: 'uniform' }, examples: 10 },
    "'draw.stream'",
  ],
  [
    'a policy by name',
    { kind: 'score', count: 3, draw: { from: 'policy', policy: 'best', stream: 'a' }, examples: 10 },
    "'draw.policy'",
  ],
  ['half an example', { kind: 'score', count: 3, draw: uniform, examples: 0.5 }, "'examples'"],
  ['no probe', { kind: 'embed', probe: '' }, "'probe'"],
  [
    'a negative cost',
    { kind: 'evaluate', cost: -1 },
    "'cost' of a slice of kind 'evaluate' must be a number ≥ 0",
  ],
  ['a long label', { kind: 'evaluate', label: 'x'.repeat(201) }, "'label'"],
  [
    '8 kB and more',
    { kind: 'mix', epoch: 1, stage: { mask: 'x'.repeat(sliceByteLimit) }, alphaSteps: true },
    'bytes',
  ],
])('%s is refused in one sentence', (_name, slice, sentence) => {
  expect(() => checkSlice(slice)).toThrow(AlgorithmError);
  expect(() => checkSlice(slice)).toThrow(sentence);
});

test('train and mix leave weights; draws stand in score, and in train unless it has a rule of its own', () => {
  const all: readonly Slice[] = [
    { kind: 'train', epoch: 1, paths: { from: 'fair' } },
    { kind: 'train', epoch: 1, paths: uniform },
    { kind: 'mix', epoch: 1, stage: {}, alphaSteps: true },
    { kind: 'score', count: 2, draw: uniform, examples: 5 },
    { kind: 'evaluate' },
    { kind: 'embed', probe: 'resnet' },
  ];
  expect(all.map(leavesWeights)).toEqual([true, true, true, false, false, false]);
  expect(all.map(drawOf)).toEqual([null, uniform, null, uniform, null, null]);
});

describe('an algorithm with slices', () => {
  const small = view(space({ a: oneOf([1, 2]) }));
  const metrics = [{ name: 'score', goal: 'maximize' }] as const;
  const proposing = (proposal: Omit<Proposal, 'genome'>, slices = true) =>
    toy({
      slices: () => slices,
      propose: (_problem, state) => ({
        state,
        action: { kind: 'trial', proposal: { genome: [0], ...proposal } },
      }),
    });
  const bound = (algorithm: ReturnType<typeof toy>) =>
    algorithm.bind({}, small, metrics, rngFromSeed(1), 'in-order');

  test.each<[string, ReturnType<typeof toy>, string]>([
    ['leaves a slice out', proposing({}), 'works in slices and proposes trial 3 without one'],
    [
      'does not say so',
      proposing({ slice: { kind: 'evaluate' } }, false),
      'does not say that it works in slices',
    ],
    ['proposes a wrong one', proposing({ slice: { kind: 'embed', probe: '' } }), "wrong slice: 'probe'"],
    ['goes on from itself', proposing({ slice: { kind: 'evaluate' }, continues: 3 }), 'continue trial 3'],
  ])('is refused when it %s', (_name, algorithm, sentence) => {
    const search = bound(algorithm);
    expect(() => search.propose(search.init(), 3)).toThrow(AlgorithmError);
    expect(() => search.propose(search.init(), 3)).toThrow(sentence);
  });

  test('wrappers that judge single trials refuse it', () => {
    const sliced = proposing({ slice: { kind: 'evaluate' } });
    const find = (reference: { readonly name: string; readonly version: number; readonly config: object }) =>
      reference.name === sliced.name ? sliced : findAlgorithm({ ...random(), ...reference, config: {} });
    const reference = { name: sliced.name, version: sliced.version, config: {} };
    const wrapped = register(dedupeAlgorithm(find));
    const over = (inner: ReturnType<typeof random>) =>
      wrapped.bind(dedupe(inner).config, small, metrics, rngFromSeed(1), 'in-order');
    expect(over(random()).slices).toBe(false);
    expect(() => over(reference)).toThrow('proposes slices of one training, none of which is a duplicate');
    const stopped = register(stopEarlyAlgorithm(find));
    const { config } = stopEarly(reference, byValue([[1, 2]]));
    expect(() => stopped.bind(config, small, metrics, rngFromSeed(1), 'in-order')).toThrow(
      'proposes slices of one training, which stopEarly cannot stop',
    );
  });
});
