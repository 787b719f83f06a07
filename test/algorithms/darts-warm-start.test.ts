import { describe, expect, test } from 'vitest';
import {
  AlgorithmError,
  bindAlgorithm,
  darts,
  operationRoles,
  type DartsOptions,
  type Outcome,
  type Trial,
} from '../../algorithms/index.js';
import {
  numbersOfBytes,
  readMixtureStage,
  relaxationOf,
  shippedProbes,
  type MixtureStage,
} from '../../algorithms/contract/index.js';
import { takenOver } from '../../algorithms/darts/warm-start-plan.js';
import {
  snapshotBytes,
  type LibraryRecord,
  type NamedRecord,
  type WarmStartOptions,
} from '../../algorithms/warm-start/index.js';
import { rngFromSeed, sha256Hex } from '../../foundation/numbers/index.js';
import { oneOf, space, spaceHash, view } from '../../search-spaces/index.js';
import { describeAlgorithm } from '../../testing/index.js';
import { runAlgorithm } from '../support/algorithm-run.js';
import { libraryRecord } from '../support/library-records.js';

const operations = ['skip', 'conv', 'wide'] as const;
const edges = space({ first: oneOf(operations), second: oneOf(operations) });
const probe = shippedProbes.small;
const embedding = Array.from({ length: probe.filters }, (_none, i) => i + 1);

function record(changes: Partial<LibraryRecord> = {}): NamedRecord {
  return libraryRecord({ space: spaceHash(edges), probe: probe.hash, embedding, ...changes });
}

function warm(records: readonly NamedRecord[], options: Partial<WarmStartOptions> = {}) {
  const bytes = snapshotBytes(records);
  const hash = sha256Hex(bytes);
  const snapshot = { hash, space: spaceHash(edges) };
  return { bulks: new Map([[hash, bytes]]), warmStart: { from: 'library', snapshot, ...options } as const };
}

/** A search on `records`; every epoch has logits that prefer `conv` and then `wide`. */
function searched(
  records: readonly NamedRecord[],
  options: Partial<WarmStartOptions>,
  own: DartsOptions = { epochs: 20 },
) {
  const { bulks, warmStart } = warm(records, options);
  const trials: Trial[] = [];
  const run = runAlgorithm(darts({ ...own, warmStart }), edges, {
    metrics: { score: 'maximize' },
    bulks,
    evaluate: (trial): Outcome => {
      trials.push(trial);
      const values: Record<string, readonly number[]> = {
        embed: [...embedding, ...Array.from({ length: 16 }, () => 7)],
        mix: [0, 2, 1, 0, 0, 1, 3, 0],
      };
      const found = values[trial.slice?.kind ?? ''];
      return { kind: 'scored', metrics: { score: 1 }, ...(found === undefined ? {} : { values: found }) };
    },
  });
  const stages = trials.flatMap(({ slice }) =>
    slice?.kind === 'mix' ? [readMixtureStage(slice.stage)] : [],
  );
  return { trials, stages, run, described: run.loop.report.algorithm({ decisions: 9, options: 9 }) };
}

function only(stages: readonly MixtureStage[]): MixtureStage {
  const [first] = stages;
  if (first === undefined) throw new Error('There is no epoch.');
  return first;
}

describe('a warm search', () => {
  test('embeds its data, and goes on with logits and weights for fewer epochs', () => {
    const source = record();
    const { trials, stages, run, described } = searched(
      [source],
      { threshold: 'any' },
      { epochs: 20, warmUp: 0.5 },
    );
    expect(trials.map(({ slice }) => slice?.kind)).toEqual([
      'embed',
      ...Array.from({ length: 8 }, () => 'mix'),
      'evaluate',
    ]);
    expect(trials[0]?.slice).toMatchObject({ kind: 'embed', probe: probe.hash, values: probe.filters + 16 });
    const [, first] = trials;
    expect(first?.continues).toBeUndefined();
    expect(first?.slice?.label).toContain(`alpha+weights of record ${source.hash.slice(0, 12)}`);
    // The choice of the source's logits, before any epoch.
    expect(first?.genome).toEqual([1, 2]);
    const stage = only(stages);
    expect(stage).toMatchObject({
      epochs: 8,
      alphaFrom: 1,
      left: null,
      start: { weights: source.record.weights },
    });
    expect(stages.every(({ start }) => start?.logits === stage.start?.logits)).toBe(true);
    const logits = numbersOfBytes(run.bulks.get(stage.start?.logits ?? '') ?? new Uint8Array(0), 8, 'logits');
    expect([...logits]).toEqual([-1, 2, 0, -1, -1, -2, 3, 0]);
    expect(run.updates).toBe(1);
    expect(described?.notes?.[0]).toContain('takes over alpha+weights');
    expect(described?.groups[0]).toMatchObject({
      figures: [{ value: 0 }, { name: 'threshold', value: null }],
    });
  });

  test('of a mask keeps the best options without that of zero, and draws the rest', () => {
    const { stages } = searched(
      [record()],
      { threshold: 'any', modes: ['mask'], keep: 2 },
      { epochs: 10, warmUp: 0.5 },
    );
    expect(stages).toHaveLength(4);
    const stage = only(stages);
    expect(stage).toMatchObject({
      left: [
        [1, 2],
        [0, 2],
      ],
      alphaFrom: 3,
    });
    expect(stage.start).toBeUndefined();
  });

  test('of a mask runs the last of several stages, with what the source had left in its last', () => {
    const masks = [
      [
        [0, 1, 3],
        [1, 2],
      ],
      [[1, 2], [2]],
    ];
    const stages = { stages: [{ epochs: 5, keep: 2 }, { epochs: 6, keep: 1 }, { epochs: 7 }] };
    const { stages: run } = searched([record({ masks })], { threshold: 'any' }, stages);
    expect(run).toHaveLength(7);
    expect(only(run)).toMatchObject({ stage: 1, epochs: 7, left: masks[1], start: { logits: null } });
  });

  test('of a mask has the skips of each choice back where it adds them', () => {
    const options = { threshold: 'any', modes: ['mask'], keep: 1, addSkips: true } as const;
    const own = { epochs: 10, operations: operationRoles(edges, { skip: ['skip'], learnable: ['conv'] }) };
    expect(only(searched([record()], options, own).stages).left).toEqual([
      [0, 1],
      [0, 2],
    ]);
    expect(() => searched([record()], options)).toThrow(
      "'addSkips' of 'warmStart' of darts needs to know which options are skips",
    );
    const genotype = searched([record()], { ...options, modes: ['genotype'] }, own);
    expect(only(genotype.stages).left).toEqual([[1], [2]]);
  });

  test('of a genotype searches nothing, and returns it', () => {
    const { trials, stages } = searched([record({ genotype: [0, 1] })], {
      threshold: 'any',
      modes: ['genotype'],
    });
    expect(trials.map(({ slice }) => slice?.kind)).toEqual(['embed', 'mix', 'evaluate']);
    expect(only(stages)).toMatchObject({ epochs: 1, alphaFrom: 2, left: [[0], [1]] });
    expect(trials.map(({ genome }) => genome).slice(1)).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  test.each<[string, readonly NamedRecord[], Partial<WarmStartOptions>, RegExp]>([
    ['an empty library', [], {}, /cold, because the library is empty/],
    ['a list of none', [], { from: [] }, /cold, because the library is empty/],
    [
      'a record of its own data',
      [record({ fingerprint: '0007'.repeat(16) })],
      { threshold: 'any' },
      /and 1 of its own data/,
    ],
    [
      'a record of another size',
      [record({ logits: [1, 2, 3] })],
      { threshold: 'any' },
      /1 are of another space/,
    ],
    [
      'a far record',
      [record({ embedding: [...embedding].reverse() })],
      { threshold: 0.01 },
      /is too far, the threshold being 0.0100/,
    ],
  ])('with %s is a cold one, and says so', (_name, records, options, sentence) => {
    const { trials, stages, described } = searched(records, options);
    expect(stages).toHaveLength(20);
    expect(only(stages).start).toBeUndefined();
    expect(trials[1]?.slice?.label).toContain(', cold');
    expect(described?.notes?.[0]).toMatch(sentence);
    // All else is as without a warm start.
    const cold: Trial[] = [];
    runAlgorithm(darts({ epochs: 20 }), edges, {
      evaluate: (trial): Outcome => {
        cold.push(trial);
        const isMix = trial.slice?.kind === 'mix';
        return {
          kind: 'scored',
          metrics: { score: 1 },
          ...(isMix ? { values: [0, 2, 1, 0, 0, 1, 3, 0] } : {}),
        };
      },
    });
    const stagesOfCold = cold.map(({ slice }) =>
      slice !== undefined && 'stage' in slice ? slice.stage : null,
    );
    expect(
      trials.slice(1).map(({ slice }) => (slice !== undefined && 'stage' in slice ? slice.stage : null)),
    ).toEqual(stagesOfCold);
  });
});

describe('what is taken over', () => {
  const relaxation = relaxationOf(view(edges), true);
  const config = { logits: 'mixture', scale: 1, keep: 3 } as const;

  test('of a source with stages counts what it had left alone', () => {
    const { record: source } = record({
      masks: [
        [
          [0, 1],
          [2, 3],
        ],
      ],
    });
    const { logits } = takenOver(relaxation, source, 'alpha', { ...config, scale: 0.5 }, []);
    // Means 1.5 and 3.5; options that were dropped have the smallest logit.
    expect([...(logits ?? [])]).toEqual([-0.75, 0.75, -0.75, -0.75, -0.75, -0.75, 0.75, -0.75]);
  });

  test('of an architecture gives the chosen options half the weight', () => {
    const { record: source } = record();
    const { logits } = takenOver(
      ...([relaxation, source, 'alpha', { ...config, logits: 'genotype' }] as const),
      [],
    );
    const [, chosen = 0] = logits ?? [];
    expect(Math.exp(chosen) / (Math.exp(chosen) + 3)).toBeCloseTo(0.5, 12);
    expect([...(logits ?? [])].filter((logit) => logit !== 0)).toEqual([chosen, chosen]);
  });
});

describe('a search over several tasks', () => {
  const stages = [
    { epochs: 2, keep: 2 },
    { epochs: 3, keep: 1 },
  ];
  const { trials } = searched([], { from: [] }, { stages, tasks: 3 });

  test('embeds each of them, and trains every stage on one after the other', () => {
    const embedded = trials.flatMap(({ slice }) => (slice?.kind === 'embed' ? [slice.task] : []));
    expect(embedded).toEqual([1, 2, 3]);
    const epochs = trials.flatMap(({ slice }) =>
      slice?.kind === 'mix' ? [{ own: readMixtureStage(slice.stage), total: slice.epoch }] : [],
    );
    expect(epochs.map(({ own }) => [own.stage, own.task, own.epoch])).toEqual([
      ...[1, 2, 3].flatMap((task) => [1, 2].map((epoch) => [1, task, epoch])),
      ...[1, 2, 3].flatMap((task) => [1, 2, 3].map((epoch) => [2, task, epoch])),
    ]);
    expect(epochs.map(({ total }) => total)).toEqual(Array.from({ length: 15 }, (_none, i) => i + 1));
    // The options are narrowed after the last task alone.
    expect(epochs.map(({ own }) => own.left === null)).toEqual(
      Array.from({ length: 15 }, (_none, i) => i < 6),
    );
    const mixed = trials.filter(({ slice }) => slice?.kind === 'mix');
    expect(mixed.slice(1).map(({ continues }) => continues)).toEqual(
      mixed.slice(0, -1).map(({ index }) => index),
    );
    expect(mixed[2]?.slice?.label).toContain('epoch 3 of 15: stage 1, task 2 of 3, ');
    const last = trials.at(-1)?.slice;
    expect(last).toMatchObject({ kind: 'evaluate', stage: { stage: 2, task: 3, epoch: 3 } });
  });

  test('refuses rules that would end it before its last task, and sources', () => {
    const bind = (options: Partial<DartsOptions>) => () =>
      bindAlgorithm(
        darts({ epochs: 4, tasks: 2, ...options }),
        ...([view(edges), [{ name: 'score', goal: 'maximize' }], rngFromSeed(0), 'in-order'] as const),
      );
    expect(bind({ stop: { eigenvalue: {} } })).toThrow("leave 'stop' out");
    expect(bind({ warmStart: warm([]).warmStart })).toThrow('which no record serves');
    expect(bind({})).not.toThrow();
  });

  test('leaves a record from whose mask another starts', () => {
    const meta = record({ format: 'duramen-library-record/2', tasks: ['one', 'two'], fingerprint: 'both' });
    const { stages: run, described } = searched([meta], {}, { epochs: 10, warmUp: 0.5 });
    expect(run).toHaveLength(4);
    expect(only(run)).toMatchObject({
      alphaFrom: 3,
      left: [
        [0, 1, 2],
        [0, 1, 2],
      ],
    });
    expect(described?.notes?.[0]).toContain('which is of several tasks in turn, because');
  });
});

test.each<[string, object, string]>([
  ['no source', {}, "'from' of 'warmStart' of darts must be 'library' or a list of hashes of records"],
  ['no snapshot', { snapshot: undefined }, 'has no snapshot of the library'],
  ['an unknown mode', { modes: ['weights'] }, "'modes' of 'warmStart' of darts must be a list of alpha"],
  [
    'a distance above 1',
    { threshold: 2 },
    "'threshold' of 'warmStart' of darts must be a number from 0 to 1",
  ],
])('a warm start with %s is refused', (name, change, sentence) => {
  const options = {
    ...warm([]).warmStart,
    ...(name === 'no source' ? { from: 'everywhere' } : {}),
    ...change,
  };
  const bind = () =>
    bindAlgorithm(
      darts({ epochs: 4, warmStart: options as WarmStartOptions }),
      ...([view(edges), [{ name: 'score', goal: 'maximize' }], rngFromSeed(0), 'in-order'] as const),
    );
  expect(bind).toThrow(AlgorithmError);
  expect(bind).toThrow(sentence);
});

test('logits are for searches of one stage, and there is no such probe', () => {
  const { warmStart } = warm([], { modes: ['alpha'] });
  const stages = [{ epochs: 2, keep: 2 }, { epochs: 2 }];
  expect(() =>
    bindAlgorithm(
      darts({ stages, warmStart }),
      ...([view(edges), [{ name: 'score', goal: 'maximize' }], rngFromSeed(0), 'in-order'] as const),
    ),
  ).toThrow("the mode 'alpha' of 'warmStart' of darts is for a search of one stage");
  expect(() => darts({ epochs: 2, warmStart: { from: [], probe: 'huge' as never } })).toThrow(
    "'probe' of 'warmStart'",
  );
});

const { bulks, warmStart } = warm([record()], { threshold: 'any' });
await describeAlgorithm(darts({ epochs: 12, warmStart }), {
  spaces: { edges },
  ignoresSeed: true,
  bulks,
  title: 'darts with a warm start',
});

const embedsAlone = warm([], { from: [] });
await describeAlgorithm(darts({ epochs: 4, tasks: 2, warmStart: { ...embedsAlone.warmStart, from: [] } }), {
  spaces: { edges },
  ignoresSeed: true,
  bulks: embedsAlone.bulks,
  title: 'darts over two tasks',
});
