import { bindAlgorithm, ma2ml, regularizedEvolution, reportMa2ml } from '../../algorithms/index.js';
import type {
  AlgorithmReference,
  Ma2mlOptions,
  Metric,
  RegularizedEvolutionOptions,
  StateValue,
} from '../../algorithms/index.js';
import { fork, RandomStream, rngFromSeed, sha256Hex } from '../../foundation/numbers/index.js';
import type { Rng } from '../../foundation/numbers/index.js';
import { optionsOf, placeOf, studyTable } from './study-table.js';
import type { StudyTable, TableName } from './study-table.js';

/** How a search looks for a pipeline: by MA2ML with these options, or by a baseline without agents. */
export type Arm =
  | { readonly kind: 'ma2ml'; readonly options: Ma2mlOptions }
  | { readonly kind: 'evolution'; readonly options: RegularizedEvolutionOptions }
  | { readonly kind: 'random' | 'independent' | 'sequential' };

/** One search over a table. */
export interface Task {
  readonly table: TableName;
  readonly arm: Arm;
  readonly seed: number;
  readonly evaluations: number;
}

/** What a search came to. */
export interface TaskResult {
  /** Exact expected reward of the policies at the start of each round; empty without agents or without a full table. */
  readonly curve: readonly number[];
  /** True reward of the pipeline with the best noisy evaluation so far, by the number of evaluations. */
  readonly best: Readonly<Record<string, number>>;
  /** Share of the rounds in which the expected reward fell by more than 0.002. */
  readonly falls: number;
  /** What the pipeline found at the end costs, where the table tells. */
  readonly costs: Readonly<Record<string, number>>;
}

const moments = [64, 128, 256, 512];
const roundSize = 8;
const metrics: readonly Metric[] = [{ name: 'reward', goal: 'maximize' }];
const fall = 0.002;

export function runTask({ table: name, arm, seed, evaluations }: Task): TaskResult {
  const table = studyTable(name);
  // Arms share their noise: the evaluation of a number and seed draws the same way in all of them.
  const noise = fork(rngFromSeed(`evaluation-${seed}`), name);
  const evaluate = (place: number, index: number): number => table.evaluate(place, fork(noise, index));
  switch (arm.kind) {
    case 'ma2ml':
      return searchWithAgents(table, arm.options, seed, evaluations, evaluate);
    case 'evolution':
      return searchByEvolution(table, arm.options, seed, evaluations, evaluate);
    case 'random':
      return searchAtRandom(table, fork(rngFromSeed(seed), 'random'), evaluations, evaluate);
    case 'independent':
    case 'sequential':
      return searchByParts(table, arm.kind, fork(rngFromSeed(seed), 'parts'), evaluations, evaluate);
    default:
      return arm satisfies never;
  }
}

/** The agents of a table under options. */
function referenceOf(table: StudyTable, options: Ma2mlOptions): AlgorithmReference {
  return ma2ml({
    agents: table.agents.map((name) => ({ name })),
    range: [0, 1],
    pipelinesPerRound: roundSize,
    ...options,
  });
}

function searchWithAgents(
  table: StudyTable,
  options: Ma2mlOptions,
  seed: number,
  evaluations: number,
  evaluate: (place: number, index: number) => number,
): TaskResult {
  const reference = referenceOf(table, options);
  const algorithm = bindAlgorithm(reference, table.view, metrics, rngFromSeed(seed), 'in-order');
  const { computeUpdate, applyUpdate } = algorithm;
  if (computeUpdate === undefined || applyUpdate === undefined) throw new Error('There are no updates.');
  const incumbent = new Incumbent(table);
  let bulk: Uint8Array | null = null;
  let state = algorithm.init();
  const curve = [expectedReward(table, reference, state)];
  for (let index = 0; index < evaluations;) {
    const proposed = algorithm.propose(state, index);
    if (proposed.action.kind === 'update') {
      const result = computeUpdate(bulk, proposed.action.request.input);
      bulk = result.bulk;
      const named = { bulk: bulk === null ? null : sha256Hex(bulk.subarray(0, 16)), output: result.output };
      state = applyUpdate(state, named);
      curve.push(expectedReward(table, reference, state));
      continue;
    }
    if (proposed.action.kind !== 'trial') throw new Error('The search stands still.');
    const { genome } = proposed.action.proposal;
    const place = placeOf(table.digits, genome);
    const reward = evaluate(place, index);
    const trial = { ...proposed.action.proposal, index };
    state = algorithm.tell(proposed.state, [{ trial, outcome: { kind: 'scored', metrics: { reward } } }]);
    index += 1;
    incumbent.see(place, reward, index);
  }
  const falls = curve.filter((value, round) => value < (curve[round - 1] ?? value) - fall).length;
  return {
    curve: table.truth.length === 0 ? [] : curve,
    best: incumbent.best,
    falls: falls / Math.max(1, curve.length - 1),
    costs: incumbent.costs,
  };
}

/** Regularised evolution over the same pipelines, told one after the other. */
function searchByEvolution(
  table: StudyTable,
  options: RegularizedEvolutionOptions,
  seed: number,
  evaluations: number,
  evaluate: (place: number, index: number) => number,
): TaskResult {
  const reference = regularizedEvolution(options);
  const algorithm = bindAlgorithm(reference, table.view, metrics, rngFromSeed(seed), 'in-order');
  const incumbent = new Incumbent(table);
  let state = algorithm.init();
  for (let index = 0; index < evaluations; index += 1) {
    const proposed = algorithm.propose(state, index);
    if (proposed.action.kind !== 'trial') throw new Error('The search stands still.');
    const place = placeOf(table.digits, proposed.action.proposal.genome);
    const reward = evaluate(place, index);
    const trial = { ...proposed.action.proposal, index };
    state = algorithm.tell(proposed.state, [{ trial, outcome: { kind: 'scored', metrics: { reward } } }]);
    incumbent.see(place, reward, index + 1);
  }
  return { curve: [], best: incumbent.best, falls: 0, costs: incumbent.costs };
}

/** Expected reward of the policies at the start of the round that contains an evaluation, counted from 1. */
export function expectedAt({ curve }: TaskResult, evaluation: number): number {
  return curve[Math.ceil(evaluation / roundSize) - 1] ?? NaN;
}

/** Exact mean reward of the policies: the table with one decision after the other summed out, the last one first. */
function expectedReward(table: StudyTable, reference: AlgorithmReference, state: StateValue): number {
  if (table.truth.length === 0) return NaN;
  const { agents } = reportMa2ml(reference, table.view, metrics, state);
  const byId = new Map(
    agents.flatMap(({ heads }) => heads.map(({ id, probabilities }) => [id, probabilities])),
  );
  let values = table.truth;
  for (const { name, of } of table.digits.toReversed()) {
    const probabilities = byId.get(name) ?? [];
    const sums = new Float64Array(values.length / of);
    for (let at = 0; at < sums.length; at += 1) {
      let sum = 0;
      for (let option = 0; option < of; option += 1)
        sum += (probabilities[option] ?? 0) * (values[at * of + option] ?? 0);
      sums[at] = sum;
    }
    values = sums;
  }
  return values[0] ?? NaN;
}

function searchAtRandom(
  table: StudyTable,
  rng: Rng,
  evaluations: number,
  evaluate: (place: number, index: number) => number,
): TaskResult {
  const source = new RandomStream(rng);
  const incumbent = new Incumbent(table);
  for (let index = 0; index < evaluations; index += 1) {
    const place = randomPlace(table, source);
    incumbent.see(place, evaluate(place, index), index + 1);
  }
  return { curve: [], best: incumbent.best, falls: 0, costs: incumbent.costs };
}

function randomPlace({ digits }: StudyTable, source: RandomStream): number {
  return placeOf(
    digits,
    digits.map(({ of }) => source.below(of)),
  );
}

/**
 * Each agent's part searched alone by uniform draws with a third of the evaluations, the others held: at one random
 * default (`independent`), or, agents in random order, at what was picked before (`sequential`). A pick is the best
 * single evaluation; the result is the pipeline of all picks.
 */
function searchByParts(
  table: StudyTable,
  kind: 'independent' | 'sequential',
  rng: Rng,
  evaluations: number,
  evaluate: (place: number, index: number) => number,
): TaskResult {
  const source = new RandomStream(rng);
  const { digits } = table;
  const agents = [...table.agents];
  for (let last = agents.length - 1; last > 0; last -= 1) {
    const other = source.below(last + 1);
    const agent = agents[last] ?? '';
    agents[last] = agents[other] ?? '';
    agents[other] = agent;
  }
  const start = optionsOf(digits, randomPlace(table, source));
  const picked = [...start];
  const each = Math.floor(evaluations / agents.length);
  let index = 0;
  for (const agent of agents) {
    const held = kind === 'sequential' ? [...picked] : start;
    let bestReward = -Infinity;
    let best: readonly number[] = held;
    for (let draw = 0; draw < each; draw += 1) {
      const options = digits.map((digit, at) =>
        digit.agent === agent ? source.below(digit.of) : (held[at] ?? 0),
      );
      const reward = evaluate(placeOf(digits, options), index);
      index += 1;
      if (reward > bestReward) {
        bestReward = reward;
        best = options;
      }
    }
    for (const [at, digit] of digits.entries()) if (digit.agent === agent) picked[at] = best[at] ?? 0;
  }
  const place = placeOf(digits, picked);
  const final = table.truth[place] ?? evaluate(place, index);
  return { curve: [], best: { [evaluations]: final }, falls: 0, costs: table.costs(place) };
}

/** The pipeline with the best noisy evaluation so far. */
class Incumbent {
  readonly best: Record<string, number> = {};
  private reward = -Infinity;
  private true = NaN;
  private place = 0;

  constructor(private readonly table: StudyTable) {}

  get costs(): Readonly<Record<string, number>> {
    return this.table.costs(this.place);
  }

  see(place: number, reward: number, evaluations: number): void {
    if (reward > this.reward) {
      this.reward = reward;
      this.place = place;
      this.true = this.table.truth[place] ?? reward;
    }
    if (moments.includes(evaluations)) this.best[evaluations] = this.true;
  }
}
