import {
  AlgorithmError,
  decodeState,
  encodeState,
  findAlgorithm,
  stateByteLimit,
  type BoundAlgorithm,
  type Derivation,
  type StateValue,
  type TellingOrder,
} from '../algorithms/index.js';
import { RandomStream, rngFromSeed } from '../foundation/numbers/index.js';
import { sample, validate, type Genome, type Space, type View } from '../search-spaces/index.js';
import { contractSpaces } from './contract-spaces.js';
import { deepFreeze, demand, sameBits } from './contract-violation.js';
import { mixedOutcome, outcomeWithoutScore } from './outcomes.js';
import type { ProgramAnswers } from './program-answers.js';
import { sliceCases } from './slice-cases.js';
import type { TestedAlgorithm } from './simulated-plan.js';
import { scoreOfGenome, TestedSearch, type TestedRun } from './tested-search.js';
import { besideCopy, seeActions, seeStates } from './watched-algorithm.js';

/** What the contract suite has to know of an algorithm beyond what the algorithm says itself. */
export interface ContractOptions {
  /** Spaces by name; by default those of `contractSpaces` that the algorithm can work with. */
  readonly spaces?: Readonly<Record<string, Space>>;
  /** Telling orders; by default all that the algorithm names. */
  readonly orders?: readonly TellingOrder[];
  /** Trials after which it is done in each of the spaces, where it comes to an end without promising it. */
  readonly proposals?: number;
  /** Its proposals do not depend on the seed, such as those of a sweep (false). */
  readonly ignoresSeed?: boolean;
  /** Its proposals do not depend on outcomes, such as those of random search (false). */
  readonly ignoresOutcomes?: boolean;
  /** Bulks that its first update reads, by hash, where its configuration names one (none). */
  readonly bulks?: ReadonlyMap<string, Uint8Array>;
  /**
   * Answers in place of the program of a `command`. Of an algorithm with a program, which may be as random as it likes, the
   * suite demands only what makes its search durable.
   */
  readonly program?: ProgramAnswers;
}

/** One thing that the contract demands: `run` throws where the algorithm does not do it. */
export interface ContractCase {
  readonly group: string;
  readonly name: string;
  readonly run: () => void;
}

/** Trials after which the suite takes an algorithm that has not come to an end for one without end. */
const mostTrials = 2_000;

/**
 * What the contract demands of an algorithm in each space and order that it supports, as plain functions. There is a
 * case for what the algorithm can do alone: `describe`, candidates, an end. Throws `Error` when no space suits it.
 */
export function contractCases(
  algorithm: TestedAlgorithm,
  options: ContractOptions = {},
): readonly ContractCase[] {
  const orders = options.orders ?? ('bind' in algorithm ? algorithm : findAlgorithm(algorithm)).orders;
  const spaces: Readonly<Record<string, Space>> = options.spaces ?? contractSpaces;
  const cases = Object.entries(spaces).flatMap(([name, space]) =>
    orders.flatMap((order) => {
      const search = new TestedSearch(algorithm, space, order, options.bulks, options.program);
      if (options.spaces === undefined && !search.suits()) return [];
      const group = `${name} space, ${order}`;
      return [...casesOf(search, options)].map(([title, run]) => ({ group, name: title, run }));
    }),
  );
  if (cases.length === 0) throw new Error(`${algorithm.name} works in none of the spaces: give it some.`);
  return cases;
}

type NamedCase = readonly [name: string, run: () => void];

function* casesOf(search: TestedSearch, options: ContractOptions): Generator<NamedCase> {
  const bound = search.bind();
  const long = longRunOf(search);
  const { ignoresSeed = false, ignoresOutcomes = false, proposals } = options;

  // A program need not decide twice alike: the journal has its answers.
  const repeats = bound.program === undefined;
  if (repeats) {
    yield ['the same seed gives the same proposals', () => sameProposals(search)];
    yield ignoresSeed
      ? ['another seed gives the same proposals', () => otherSeed(search, true)]
      : ['another seed gives other proposals', () => otherSeed(search, false)];
    yield ignoresOutcomes
      ? ['other outcomes give the same proposals', () => ignoresScores(search)]
      : ['other outcomes give other proposals or another state', () => learns(search)];
  }
  yield [
    'a state survives as bytes at every step and no call changes its arguments',
    () => void runBesideCopy(search, { trials: 300, window: 16, concurrency: 16 }),
  ];
  yield [
    'proposals are points of the space and continue earlier trials alone',
    () => validProposals(search, long()),
  ];
  yield ['states stay within the bound that it names', () => boundedStates(long())];
  yield ['it waits for an outcome only while there is one to come', () => waitsWithReason(search)];
  if (proposals !== undefined) {
    yield [`it is done after ${proposals} trials, and stays so`, () => ends(long(), proposals)];
  } else if (bound.endsByItself) {
    if (Number(search.view.size) < mostTrials)
      yield ['it ends by itself, and done stays done', () => ends(long(), null)];
  } else if (bound.slices) {
    yield [`it goes on for ${mostTrials} trials`, () => goesOn(long())];
  } else {
    yield [`it goes on for ${mostTrials} trials`, () => goesOn(long())];
    yield [
      'it goes on when no trial ever has a score',
      () => goesOn(search.run({ trials: 200, evaluate: outcomeWithoutScore })),
    ];
  }
  if (bound.slices) yield* sliceCases(search, ignoresOutcomes);
  else yield ['enqueued trials are told like others', () => takesEnqueued(search)];
  if (repeats) {
    yield search.order === 'in-order'
      ? ['any interleaving of any number of workers gives the same trajectory', () => sameInterleaved(search)]
      : ['the order of telling is all that matters', () => sameWhenToldAlike(search)];
  }
  yield ['states of another kind are refused', () => refusesStrangeStates(bound)];
  const { describe, derivation } = bound;
  if (describe !== undefined && describe(bound.init()) !== null)
    yield [
      'it describes decisions of the space with probabilities, and changes nothing',
      () => described(search),
    ];
  if (derivation !== undefined)
    yield ['candidates are points of the space, and follow from state and bulk alone', () => derives(search)];
}

function sameProposals(search: TestedSearch): void {
  const [one, other] = [search.run({ trials: 120 }), search.run({ trials: 120 })];
  demand(one.fingerprint === other.fingerprint, 'two runs with one seed differ');
}

function otherSeed(search: TestedSearch, same: boolean): void {
  const one = JSON.stringify(search.run({ trials: 120 }).trials);
  const other = JSON.stringify(search.run({ trials: 120, seed: 8 }).trials);
  demand((one === other) === same, `two seeds ${same ? 'do not give' : 'give'} the same proposals`);
}

/** Opposite scores must leave a trace: at the latest in the last state, because a policy may move slowly. */
function learns(search: TestedSearch): void {
  const [one, other] = [opposite(search, 1), opposite(search, -1)];
  demand(one.fingerprint !== other.fingerprint, 'opposite scores give the same proposals and the same state');
}

function ignoresScores(search: TestedSearch): void {
  const [one, other] = [opposite(search, 1), opposite(search, -1)].map(({ trials }) =>
    JSON.stringify(trials),
  );
  demand(one === other, 'opposite scores do not give the same proposals');
}

function opposite(search: TestedSearch, sign: 1 | -1): TestedRun {
  return search.run({ trials: 120, evaluate: mixedOutcome((genome) => sign * scoreOfGenome(genome)) });
}

function runBesideCopy(search: TestedSearch, options: Parameters<TestedSearch['run']>[0]): TestedRun {
  const copy = search.bind();
  return search.run({ ...options, watched: (bound) => besideCopy(bound, copy) });
}

/** A run beyond `mostTrials`, with the largest state on its way. */
interface LongRun extends TestedRun {
  readonly largestState: number;
}

/** The long run of a search, made once for all cases that look at it. */
function longRunOf(search: TestedSearch): () => LongRun {
  let known: LongRun | undefined;
  return () => (known ??= longRun(search));
}

function longRun(search: TestedSearch): LongRun {
  let states = 0;
  let largest = 0;
  const onState = (state: StateValue): void => {
    // A state grows by one trial at most, so every tenth tells enough.
    if (states++ % 10 === 0) largest = Math.max(largest, encodeState(state).length);
  };
  const watched = (bound: BoundAlgorithm): BoundAlgorithm => seeStates(bound, onState);
  const run = search.run({ trials: mostTrials + 1, window: 16, concurrency: 16, watched });
  return { ...run, largestState: Math.max(largest, encodeState(run.state).length) };
}

function validProposals(search: TestedSearch, { trials }: LongRun): void {
  for (const { genome, index, continues } of trials) {
    const checked = validate(search.view, genome);
    // A constraint that it violates makes a point infeasible, not impossible.
    const possible = checked.ok || checked.error.code === 'constraint_violated';
    demand(possible, `trial ${index} is no point of the space`);
    demand(continues === undefined || continues < index, `trial ${index} continues trial ${continues}`);
  }
}

function boundedStates({ algorithm, largestState }: LongRun): void {
  const { maximumStateBytes: bound } = algorithm;
  demand(largestState <= bound, `a state takes ${largestState} bytes, and ${bound} were named`);
  demand(bound < stateByteLimit, `${bound} bytes are more than any algorithm may have`);
}

function waitsWithReason(search: TestedSearch): void {
  search.run({
    trials: 300,
    evaluate: (trial) => (trial.index % 3 === 0 ? { kind: 'cancelled' } : mixedOutcome(scoreOfGenome)(trial)),
    watched: (bound) =>
      seeActions(bound, (action, told, index) => {
        demand(action.kind !== 'wait' || told < index, `it waits although all of ${index} trials were told`);
      }),
  });
}

function ends({ algorithm, trials, state, done }: LongRun, proposals: number | null): void {
  demand(done, `it is not done after ${trials.length} trials`);
  demand(proposals === null || trials.length === proposals, `it is done after ${trials.length} trials`);
  const { action } = algorithm.propose(state, trials.length);
  demand(action.kind === 'done', `asked again after it was done, it answers ${action.kind}`);
}

function goesOn({ done, trials }: TestedRun): void {
  demand(!done, `it is done after ${trials.length} trials and does not say that it ends by itself`);
}

function takesEnqueued(search: TestedSearch): void {
  const source = new RandomStream(rngFromSeed('enqueued'));
  const points = [0, 1, 7, 8, 9, 30].map((index): [number, Genome] => [index, sample(search.view, source)]);
  const { trials, done } = runBesideCopy(search, { trials: 80, enqueued: new Map(points) });
  demand(done || trials.length === 80, `the search stopped after ${trials.length} trials`);
  for (const [index, genome] of points) {
    const trial = trials[index];
    demand(trial === undefined || sameBits(trial.genome, genome), `trial ${index} is not the enqueued one`);
  }
}

function sameInterleaved(search: TestedSearch): void {
  const expected = search.run({ trials: 60, concurrency: 1 }).fingerprint;
  for (const workers of [1, 2, 5]) {
    for (const seed of [1, 2, 3, 4]) {
      const completion = new RandomStream(rngFromSeed(`interleaving ${seed}`));
      const { fingerprint } = search.run({ trials: 60, concurrency: workers, completion });
      demand(
        fingerprint === expected,
        `${workers} workers, interleaved by seed ${seed}, change the trajectory`,
      );
    }
  }
}

function sameWhenToldAlike(search: TestedSearch): void {
  for (const workers of [1, 2, 7]) {
    for (const seed of [1, 2]) {
      const run = (): string => {
        const completion = new RandomStream(rngFromSeed(`interleaving ${seed}`));
        return search.run({ trials: 60, concurrency: workers, completion }).fingerprint;
      };
      demand(run() === run(), `two runs of ${workers} workers, told in one order by seed ${seed}, differ`);
    }
  }
}

function refusesStrangeStates(algorithm: BoundAlgorithm): void {
  const strange: readonly StateValue[] = [
    null,
    7,
    'state',
    [],
    { other: 1 },
    new Uint8Array(3),
    { kind: 'strange', rungs: 3 },
  ];
  for (const value of strange) {
    for (const call of [() => algorithm.propose(value, 0), () => algorithm.tell(value, [])]) {
      try {
        call();
      } catch (error) {
        if (error instanceof AlgorithmError) continue;
        throw error;
      }
      demand(false, `it takes ${JSON.stringify(value)} for a state of its own`);
    }
  }
}

function described(search: TestedSearch): void {
  const { algorithm, state } = search.run({ trials: 60 });
  const known = idsOf(search.view);
  const before = encodeState(state);
  for (const at of [algorithm.init(), state]) {
    const decisions = algorithm.describe?.(at)?.groups.flatMap((group) => group.decisions) ?? [];
    demand(new Set(decisions.map(({ id }) => id)).size === decisions.length, 'two decisions share an id');
    for (const { id, node, options, probabilities } of decisions) {
      demand(known.includes(node), `'${id}' belongs to '${node}', which is no decision of the space`);
      demand(options.length === probabilities.length, `'${id}' has not one probability for each option`);
      const sum = probabilities.reduce((total, probability) => total + probability, 0);
      demand(Math.abs(sum - 1) < 1e-9, `the probabilities of '${id}' add up to ${sum}`);
    }
  }
  demand(sameBits(decodeState(before), state), 'describe changed the state');
}

function derives(search: TestedSearch): void {
  const counts = { best: 3, draws: 40, drawn: 4 };
  for (const trials of [1, 7, 120]) {
    const { algorithm, state, bulks } = search.run({ trials });
    const derivation = derivationOf(algorithm);
    const name = derivation.bulk(state);
    const bulk = name === null ? null : (bulks.get(name) ?? null);
    const before = encodeState(state);
    const candidates = derivation.derive(deepFreeze(state), bulk, counts);
    for (const { genome } of candidates)
      demand(validate(search.view, genome).ok, 'a candidate is no point of the space');
    const most = { greedy: 1, best: counts.best, drawn: counts.drawn };
    for (const source of ['greedy', 'best', 'drawn'] as const) {
      const found = candidates.filter((candidate) => candidate.source === source).length;
      demand(found <= most[source], `${found} candidates are ${source}`);
    }
    const again = derivationOf(search.bind()).derive(decodeState(before), bulk, counts);
    demand(
      JSON.stringify(again) === JSON.stringify(candidates),
      'another process derives other candidates from the same state',
    );
    demand(sameBits(decodeState(before), state), 'deriving candidates changed the state');
  }
}

function derivationOf({ derivation, name }: BoundAlgorithm): Derivation<StateValue> {
  demand(derivation !== undefined, `${name} derives candidates in one binding and not in another`);
  return derivation;
}

function idsOf(space: View): readonly string[] {
  return space.nodes.flatMap((node) => [
    node.id,
    ...('sub' in node ? node.sub.flatMap((inner) => idsOf(inner)) : []),
  ]);
}
