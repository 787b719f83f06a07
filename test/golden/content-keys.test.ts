import { describe, expect, test } from 'vitest';
import cifar10Accuracy from '../../examples/accuracy/cifar-10.search.js';
import fashionMnistAccuracy from '../../examples/accuracy/fashion-mnist.search.js';
import mnistAccuracy from '../../examples/accuracy/mnist.search.js';
import approximate from '../../examples/activity/approximate.search.js';
import augmentation from '../../examples/augmentation.search.js';
import branin from '../../examples/branin.search.js';
import commandExample from '../../examples/command.search.js';
import ma2mlCifar10 from '../../examples/ma2ml-cifar10/ma2ml-cifar10.search.js';
import ma2mlCoDesign from '../../examples/ma2ml-co-design/ma2ml-co-design.search.js';
import ma2mlMnist from '../../examples/ma2ml-mnist/ma2ml-mnist.search.js';
import nestedExample from '../../examples/nested.search.js';
import programToSpace from '../../examples/program-to-space/program-to-space.search.js';
import resumable from '../../examples/resumable.search.js';
import {
  random,
  regularizedEvolution,
  successiveHalving,
  type Outcome,
  type Trial,
} from '../../algorithms/index.js';
import type { Json } from '../../foundation/json/index.js';
import { hashJson, sha256Hex } from '../../foundation/numbers/index.js';
import { decode, float, int, nasBench201Cell, oneOf, sample, space } from '../../search-spaces/index.js';
import {
  checkDefinition,
  clipped,
  defaultFailurePolicy,
  emptyTrajectory,
  extendTrajectory,
  fcNetTable,
  hpoBenchTable,
  identityOf,
  innerSearchId,
  jahsSurrogate,
  levelIn,
  nasBench201Table,
  nasBenchMacroTable,
  plainJson,
  planSearch,
  retrainingSearch,
  retrainingSearchId,
  surrogate,
  table,
  toDefinition,
  trialSeed,
  type Evaluator,
  type RetrainingDefinition,
  type SearchContext,
  type SearchDefinition,
  type TableEvaluator,
} from '../../searches/index.js';
import { contentKeyOf, trialContentKey } from '../../searches/loop/search-plan.js';
import { trialFolder, trialIdentity } from '../../storage/trial-address.js';
import {
  artifactKey,
  emptyJournal,
  JournalStore,
  SearchResultStore,
  type BlobStore,
} from '../../storage/index.js';
import { levelDefinition } from '../support/simulated-search.js';
import { GoldenRecord, hashOf, plain } from './golden.js';

const golden = GoldenRecord.open('content-keys');

const bundle = { hash: 'ab'.repeat(32), packages: 'cd'.repeat(32) };
const hashFile = (path: string) => ({ path: `/tables/${path}`, sha256: sha256Hex(path) });

const evaluators: Readonly<Record<string, Evaluator>> = {
  function: { kind: 'function', bundle: bundle.hash, packages: '', light: false, pure: true },
  'light function': { kind: 'function', bundle: bundle.hash, packages: 'x', light: true, pure: true },
  'impure function': { kind: 'function', bundle: bundle.hash, packages: '', light: false, pure: false },
  command: { kind: 'command', command: 'python3 train.py', pure: true },
  activity: { kind: 'activity', name: 'train', arguments: { epochs: 3 }, pure: true },
  'activity on a queue': {
    kind: 'activity',
    name: 'train',
    arguments: [1, 'two'],
    taskQueue: 'training',
    pure: true,
  },
  workflow: { kind: 'workflow', name: 'trainAll', arguments: null, pure: true },
  table: {
    kind: 'table',
    path: '/somewhere/table.csv',
    sha256: sha256Hex('table'),
    description: {
      source: { kind: 'rows', key: { lanes: ['path', 'parameters.lanes'] } },
      metrics: { score: 'accuracy', size: 5 },
      steps: [1, 3, 9],
    },
    pure: true,
  },
};

/** Three levels, of which the middle reads the outermost and the innermost both. */
function nested(evaluator: Evaluator): SearchDefinition {
  return checkDefinition({
    format: 'duramen-search/1',
    name: 'nested',
    seed: 'golden',
    levels: [
      levelDefinition('chip', {
        space: space({ lanes: oneOf([1, 2, 4]), cache: int(1, 8) }),
        level: { measure: { kind: 'command', command: 'measure', pure: true } },
      }),
      levelDefinition('net', {
        space: space({ depth: int(1, 4), cell: nasBench201Cell }),
        algorithm: regularizedEvolution({ populationSize: 8, tournamentSize: 3 }),
        level: { dependsOn: ['chip'], order: 'as-completed', concurrency: 3 },
      }),
      levelDefinition('tune', {
        space: space({ rate: float(1e-4, 1, { scale: 'log' }), momentum: float(0, 0.99) }),
        algorithm: successiveHalving({ minimumSteps: 1, maximumSteps: 9, reductionFactor: 3 }),
        level: { dependsOn: ['net'], failurePolicy: { ...defaultFailurePolicy, Diverged: 'infeasible' } },
      }),
    ],
    evaluator,
    tags: ['golden'],
  });
}

function keysAt(definition: SearchDefinition, levelIndex: number, context: SearchContext): object {
  const plan = planSearch('nested/3/net', definition, levelIndex, context);
  const genome = sample(plan.level.space, plan.trialRng);
  const trials: Readonly<Record<string, Trial>> = {
    plain: { index: 4, genome },
    until: { index: 4, genome, until: 3 },
    gated: {
      index: 4,
      genome,
      gate: { metric: 'score', goal: 'maximize', rungs: [{ step: 1, threshold: 0.25 }] },
    },
  };
  return {
    content: plan.contentKey,
    evaluator: plan.evaluatorKey,
    anyway: contentKeyOf(definition, levelIndex, plan.context),
    inputs: plain(plan.context),
    genome,
    trials: Object.fromEntries(
      Object.entries(trials).map(([name, trial]) => [
        name,
        { key: trialContentKey(plan, trial), seed: trialSeed(plan, trial) },
      ]),
    ),
    firstProposal: plain(plan.algorithm.propose(plan.algorithm.init(), 0).action),
  };
}

describe.each(Object.entries(evaluators))('keys of a nested search evaluated by a %s', (name, evaluator) => {
  const definition = nested(evaluator);
  const net = { depth: 3, cell: decode(nasBench201Cell, [0, 1, 2, 3, 4, 0]) as Json };
  const contexts: readonly SearchContext[] = [
    {},
    { chip: { lanes: 2, cache: 5 } },
    { chip: { lanes: 2, cache: 5 }, net },
  ];
  test.each([0, 1, 2])('level %i', (levelIndex) => {
    golden.check(`${name}, level ${levelIndex}`, keysAt(definition, levelIndex, contexts[levelIndex] ?? {}));
  });
  test('its identity', () => {
    golden.check(`${name}, identity`, {
      bytes: sha256Hex(JSON.stringify(definition)),
      hash: hashJson(plainJson(definition)),
      identity: hashJson(identityOf(definition)),
      text: sha256Hex(JSON.stringify(identityOf(definition))),
    });
  });
});

test('a level whose space is a point of an outer one', () => {
  const definition = checkDefinition({
    ...nested(evaluators['activity'] ?? { kind: 'command', command: 'x', pure: true }),
    levels: [
      levelDefinition('outer', { space: space({ rate: float(0, 1) }) }),
      levelDefinition('inner', {
        space: space({ width: int(1, 9) }),
        level: { restOf: 'outer', dependsOn: ['outer'] },
      }),
    ],
  });
  const context = { outer: plainJson(space({ rate: 0.5, width: int(1, 9) })) };
  golden.check('a level that is the rest', {
    level: hashOf(levelIn(definition, 1, context)),
    keys: keysAt(definition, 1, context),
  });
});

const examples = {
  'accuracy/cifar-10': cifar10Accuracy,
  'accuracy/fashion-mnist': fashionMnistAccuracy,
  'accuracy/mnist': mnistAccuracy,
  'activity/approximate': approximate,
  augmentation,
  branin,
  command: commandExample,
  'ma2ml-cifar10': ma2mlCifar10,
  'ma2ml-co-design': ma2mlCoDesign,
  'ma2ml-mnist': ma2mlMnist,
  nested: nestedExample,
  'program-to-space': programToSpace,
  resumable,
} as const;

describe('definitions of the example search files', () => {
  test.each(Object.entries(examples))('%s', (name, search) => {
    const definition = toDefinition(search, bundle, hashFile);
    const plan = planSearch(definition.name, definition, 0, {});
    const { retraining } = definition;
    golden.check(`example ${name}`, {
      bytes: sha256Hex(JSON.stringify(definition)),
      length: JSON.stringify(definition).length,
      hash: hashJson(plainJson(definition)),
      identity: hashJson(identityOf(definition)),
      keys: definition.levels.map((_level, index) => contentKeyOf(definition, index, {})),
      firstProposal: hashOf(plan.algorithm.propose(plan.algorithm.init(), 0).action),
      retraining: retraining === undefined ? null : hashOf(repetitionsOf(definition, retraining)),
    });
  });
});

function repetitionsOf(definition: SearchDefinition, retraining: RetrainingDefinition): readonly object[] {
  const { level, rng } = planSearch(definition.name, definition, 0, {});
  const candidates = [{ genome: sample(level.space, rng) }];
  return [1, 2].map((repetition) => retrainingSearch(definition, retraining, candidates, repetition, 2));
}

const tables: Readonly<Record<string, readonly [TableEvaluator, metric: string]>> = {
  nasBench201: [nasBench201Table('t.csv', { dataset: 'c100', epochs: 200 }), 'validation'],
  nasBenchMacro: [nasBenchMacroTable('t.csv'), 'accuracy'],
  fcNet: [fcNetTable('t.csv', { seeds: 'seeded', paths: { n_units_1: 'context.a.n' } }), 'loss'],
  hpoBench: [hpoBenchTable('t.csv'), 'score'],
  jahs: [jahsSurrogate('t.json', [10, 200]), 'accuracy'],
  table: [
    table('t.csv', { key: { x: ['path', 'parameters[0]'] }, metrics: { loss: 'l' }, steps: [1, 2] }),
    'loss',
  ],
  surrogate: [
    surrogate('t.json', {
      inputs: { x: ['path', 'parameters[0]'] },
      metrics: { loss: clipped('l', 0, 1) },
      cost: 3,
    }),
    'loss',
  ],
};

test.each(Object.entries(tables))(
  'the definition of a search in the table %s',
  (name, [evaluate, metric]) => {
    const options = { name: 'cells', space: nasBench201Cell, algorithm: random(), budget: { trials: 5 } };
    const definition = toDefinition(
      {
        kind: 'duramen-search',
        options: { ...options, metrics: { [metric]: 'maximize' }, evaluate },
        functions: { measures: {} },
      },
      undefined,
      hashFile,
    );
    golden.check(`table ${name}`, {
      bytes: sha256Hex(JSON.stringify(definition)),
      identity: hashJson(identityOf(definition)),
      key: contentKeyOf(definition, 0, {}),
    });
  },
);

test('ids, addresses and hashes of what is stored', () => {
  const metrics = [{ name: 'score', goal: 'maximize' }] as const;
  const outcomes: readonly Outcome[] = [
    { kind: 'scored', metrics: { score: 0.5 }, cost: 2 },
    { kind: 'infeasible', reason: 'too large' },
    { kind: 'failed', class: 'Diverged', message: 'NaN' },
    { kind: 'stopped', step: 3, cost: 1 },
    { kind: 'cancelled' },
  ];
  const search = 'co-design/3/net Ä.x';
  golden.check('addresses', {
    artifact: artifactKey(sha256Hex('artifact')),
    emptyJournal: emptyJournal,
    emptyTrajectory: emptyTrajectory,
    inner: innerSearchId('co-design', 3, 'net'),
    retraining: retrainingSearchId('tune', 96, 1),
    trajectory: outcomes.map((outcome, index) =>
      extendTrajectory(emptyTrajectory, index, [0.5, index], outcome, metrics),
    ),
    trialFolders: [search, '.hidden', '', 'x'.repeat(300)].map((id) => trialFolder(id, 7)),
    trialIdentity: trialIdentity({ search, index: 7, seed: '0123456789abcdef', genome: [0.25, 3] }),
  });
});

/** Blobs in memory. */
class Blobs implements BlobStore {
  readonly stored = new Map<string, Uint8Array>();
  async get(key: string): Promise<Uint8Array | null> {
    return this.stored.get(key) ?? null;
  }
  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.stored.set(key, bytes);
  }
  async putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
    if (this.stored.has(key)) return false;
    this.stored.set(key, bytes);
    return true;
  }
  async list(prefix: string): Promise<readonly string[]> {
    return [...this.stored.keys()].filter((key) => key.startsWith(`${prefix}/`)).sort();
  }
  async delete(key: string): Promise<void> {
    this.stored.delete(key);
  }
}

test('the bytes of a journal, a snapshot and a result', async () => {
  const blobs = new Blobs();
  const journal = new JournalStore<{ readonly kind: string; readonly index: number }>(blobs);
  const epoch = await journal.openEpoch('a/0/b', 'token');
  const records = [0, 1, 2].map((index) => ({ kind: 'told', index }));
  const written = await journal.append('a/0/b', epoch, emptyJournal, records);
  if (written.kind !== 'written') throw new Error('The journal was not written.');
  await journal.append('a/0/b', epoch, written.position, [{ kind: 'closed', index: 3 }]);
  await journal.putSnapshot('a/0/b', epoch, written.position, Uint8Array.of(1, 2, 3));
  await new SearchResultStore<{ readonly best: number }>(blobs).put('ef'.repeat(32), { best: 1 });
  golden.check(
    'stored bytes',
    Object.fromEntries([...blobs.stored].map(([key, bytes]) => [key, sha256Hex(bytes)])),
  );
});

test('every record has a test', () => {
  expect(golden.unchecked).toEqual([]);
});
