import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { darts, type Outcome, type Trial } from '../../algorithms/index.js';
import { readMixtureStage, readTaskEmbedding } from '../../algorithms/contract/index.js';
import {
  recordBytes,
  snapshotBytes,
  type LibraryRecord,
  type NamedRecord,
  type WarmStartOptions,
} from '../../algorithms/warm-start/index.js';
import { fork, rngFromSeed, sha256Hex } from '../../foundation/numbers/index.js';
import { decode, spaceHash, type Genome } from '../../search-spaces/index.js';
import { LoopRun } from '../../testing/loop-run.js';
import { simulatedPlan } from '../../testing/simulated-plan.js';
import { trainClassifier, type DataSet, type TrainClassifierOptions } from '../../training/index.js';
import { FiledSlice } from '../../test/support/filed-slice.js';
import { smallCell, smallNetwork } from './small-network.js';

/** What a search on one task came to. */
export interface SmallSearch {
  readonly genome: Genome;
  /** Candidate operations that were run forwards and backwards. */
  readonly evaluations: number;
  readonly seconds: number;
  readonly record: NamedRecord;
  readonly weights: Uint8Array;
  /** What its warm start says; empty for a search that has none. */
  readonly note: string;
}

export const searchExamples = 512;
export const validationExamples = 100;
const batchSize = 64;

/** What trainings of searches and of architectures have in common. */
function trainingOptions(data: DataSet): TrainClassifierOptions {
  return {
    dataset: data,
    ...{ trainingExamples: searchExamples, validationExamples, batchSize, stratified: false },
    ...{
      learningRate: 0.05,
      schedule: 'cosine',
      momentum: 0.9,
      nesterov: false,
      weightDecay: 3e-4,
      clipNorm: 5,
    },
    network: (parameters) => smallNetwork(data, parameters),
  };
}

/** A search of the small cell for so many epochs, in this process: the same decisions as in a durable one. */
export async function smallSearch(
  data: DataSet,
  seed: number,
  epochs: number,
  start: {
    readonly records: readonly NamedRecord[];
    readonly weights: ReadonlyMap<string, Uint8Array>;
    readonly options: Partial<WarmStartOptions>;
  },
): Promise<SmallSearch> {
  const began = performance.now();
  const snapshot = snapshotBytes(start.records);
  const named = { hash: sha256Hex(snapshot), space: spaceHash(smallCell) };
  const algorithm = darts({
    epochs,
    ...{ learningRate: 6e-3, weightDecay: 1e-3 },
    warmStart: { from: 'library', snapshot: named, ...start.options },
  });
  const plan = simulatedPlan(algorithm, smallCell, {
    name: `${data.name}-${seed}`,
    seed,
    metrics: { accuracy: 'maximize' },
  });
  const run = new LoopRun(plan, { bulks: new Map([[named.hash, snapshot]]) });
  const folder = mkdtempSync(path.join(tmpdir(), 'duramen-warm-darts-'));
  try {
    const evaluate = trainClassifier(trainingOptions(data));
    const slices: { readonly trial: Trial; readonly outcome: Outcome; readonly filed: FiledSlice }[] = [];
    for (let trial = run.next(); trial !== null; trial = run.next()) {
      const { slice, continues } = trial;
      if (slice === undefined) throw new Error('A trial of the search is no slice.');
      const before = slices.find((one) => one.trial.index === continues)?.filed.latest ?? null;
      const artifacts = new Map([...run.bulks, ...start.weights]);
      const filed = new FiledSlice(trial.index, slice, before, {
        ...{ folder, space: smallCell, genome: trial.genome, artifacts },
        seed: sha256Hex(JSON.stringify([data.name, seed])).slice(0, 16),
      });
      const result = await evaluate({}, filed);
      if ('infeasible' in result) throw new Error('A trial of the search was not evaluated.');
      const values = filed.handedBack.length === 0 ? {} : { values: filed.handedBack };
      const outcome: Outcome = { kind: 'scored', metrics: { ...result }, ...values };
      slices.push({ trial, outcome, filed });
      run.complete(trial, outcome);
      // The lone process gives others their turn.
      await pause(0);
    }
    const told = run.told.flatMap(({ trial, outcome }) =>
      outcome.kind === 'scored' && trial.slice !== undefined
        ? [{ slice: trial.slice, genome: trial.genome, outcome }]
        : [],
    );
    const epochsRun = told.filter(({ slice }) => slice.kind === 'mix');
    const embedded = told.find(({ slice }) => slice.kind === 'embed');
    const last = epochsRun.at(-1);
    const latest = slices.filter(({ trial }) => trial.slice?.kind === 'mix').at(-1)?.filed.latest ?? null;
    const genome = told.at(-1)?.genome;
    if (
      last?.slice.kind !== 'mix' ||
      embedded?.slice.kind !== 'embed' ||
      latest === null ||
      genome === undefined
    )
      throw new Error('The search has no end.');
    const weights = new Uint8Array(readFileSync(latest.path));
    const evaluations = epochsRun.reduce(
      (sum, { outcome }) => sum + (outcome.metrics['operationEvaluations'] ?? 0),
      0,
    );
    const { left, none } = readMixtureStage(last.slice.stage);
    const record: LibraryRecord = {
      format: 'duramen-library-record/1',
      ...{ task: data.name, space: named.space, none, probe: embedded.slice.probe },
      ...readTaskEmbedding(embedded.outcome.values ?? []),
      ...{
        masks: left === null ? [] : [left],
        logits: last.outcome.values ?? [],
        genotype: genome,
        weights: sha256Hex(weights),
      },
      search: { id: data.name, seed, algorithm: { ...algorithm, config: { epochs } }, trajectory: '' },
      cost: { epochs: epochsRun.length, operationEvaluations: evaluations },
      ...{ stop: told.at(-1)?.slice.label ?? '', retrained: null },
    };
    return {
      ...{ genome, evaluations, weights, seconds: (performance.now() - began) / 1_000 },
      record: { hash: sha256Hex(recordBytes(record)), record },
      note: run.loop.report.algorithm({ decisions: 0, options: 0 })?.notes?.[0] ?? '',
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Test accuracy of an architecture that is trained alone, for 15 epochs on all examples of the search. */
export async function trainedAlone(data: DataSet, genome: Genome, seed: number): Promise<number> {
  const evaluate = trainClassifier({ ...trainingOptions(data), epochs: 15, test: true });
  const result = await evaluate(decode(smallCell, genome), {
    seed: fork(rngFromSeed(seed), data.name)
      .key.map((word) => word.toString(16).padStart(8, '0'))
      .join(''),
    signal: new AbortController().signal,
    context: {},
    report: () => undefined,
    shouldStop: () => false,
    checkpoint: { save: () => Promise.resolve(), latest: () => Promise.resolve(null) },
    setAttribute: () => undefined,
    saveArtifact: () => Promise.reject(new Error('Nothing is kept.')),
  });
  return result.testAccuracy ?? Number.NaN;
}
