import {
  fork,
  hashJson,
  RandomStream,
  sha256Hex,
  type ChoiceSource,
} from '../../foundation/numbers/index.js';
import {
  bindAlgorithm,
  encodeState,
  gateDecision,
  type Action,
  type AlgorithmReference,
  type BoundAlgorithm,
  type Metric,
  type Outcome,
  type StateValue,
  type TellingOrder,
  type ToldTrial,
  type Trial,
} from '../../algorithms/index.js';
import type { Genome } from '../../search-spaces/views/genome.js';
import type { View } from '../../search-spaces/views/view.js';
import { rngFromSeed } from '../../foundation/numbers/index.js';

/** A search as the contract suite runs it. */
export interface TestSearch {
  readonly reference: AlgorithmReference;
  readonly view: View;
  readonly metrics: readonly Metric[];
  readonly order: TellingOrder;
  readonly seed: number;
}

export function bind({ reference, view, metrics, order, seed }: TestSearch): BoundAlgorithm {
  return bindAlgorithm(reference, view, metrics, rngFromSeed(seed), order);
}

/** How a run is simulated: what varies here must not change an in-order trajectory. */
export interface Simulation {
  readonly trials: number;
  readonly window: number;
  readonly workers: number;
  /** Decides which running trial completes next. */
  readonly completion: ChoiceSource;
  readonly evaluate: (trial: Trial) => Outcome;
  /** Foreign trials by the index that they take. */
  readonly enqueued?: ReadonlyMap<number, Genome>;
  /** Sees every state that a call returned, in order. */
  readonly onState?: (state: StateValue) => void;
}

export interface Run {
  readonly trials: readonly Trial[];
  readonly told: readonly ToldTrial[];
  readonly updates: number;
  readonly done: boolean;
  readonly state: StateValue;
  readonly bulks: ReadonlyMap<string, Uint8Array>;
}

/** The search loop in small: window order or order of completion, updates with a store of bulks, nothing durable. */
export function simulate(algorithm: BoundAlgorithm, simulation: Simulation): Run {
  const { window, workers, completion, evaluate, enqueued, onState } = simulation;
  const trials: Trial[] = [];
  const told: ToldTrial[] = [];
  const running: Trial[] = [];
  const outcomes = new Map<number, Outcome>();
  const bulks = new Map<string, Uint8Array>();
  let updates = 0;
  let state = algorithm.init();
  const become = (next: StateValue): void => {
    state = next;
    onState?.(state);
  };
  onState?.(state);

  const completeOne = (): void => {
    const [trial] = running.splice(completion.below(running.length), 1);
    if (trial === undefined) throw new Error('the algorithm waits although no trial is running');
    outcomes.set(trial.index, evaluate(trial));
    if (algorithm.order === 'as-completed') tell(trial.index);
  };
  const tell = (index: number): void => {
    const trial = trials[index];
    while (!outcomes.has(index)) completeOne();
    const outcome = outcomes.get(index);
    if (trial === undefined || outcome === undefined) throw new Error(`trial ${index} cannot be told`);
    const one = { trial, outcome };
    told.push(one);
    become(algorithm.tell(state, [one]));
  };
  const start = (trial: Trial): void => {
    trials.push(trial);
    running.push(trial);
    while (running.length >= workers) completeOne();
  };

  while (trials.length < simulation.trials) {
    const index = trials.length;
    if (algorithm.order === 'in-order') while (told.length < index - window + 1) tell(told.length);
    const foreign = enqueued?.get(index);
    if (foreign !== undefined) {
      start({ index, genome: foreign });
      continue;
    }
    const proposed = algorithm.propose(state, index);
    become(proposed.state);
    const action: Action = proposed.action;
    switch (action.kind) {
      case 'trial':
        start({ ...action.proposal, index });
        break;
      case 'wait':
        if (told.length === trials.length)
          throw new Error('the algorithm waits although every trial was told');
        if (algorithm.order === 'in-order') tell(told.length);
        else completeOne();
        break;
      case 'update': {
        const { bulk, input } = action.request;
        const bytes = bulk === null ? null : bulks.get(bulk);
        if (
          bytes === undefined ||
          algorithm.computeUpdate === undefined ||
          algorithm.applyUpdate === undefined
        ) {
          throw new Error('the update cannot be computed');
        }
        const result = algorithm.computeUpdate(bytes, input);
        const hash = result.bulk === null ? null : sha256Hex(result.bulk);
        if (hash !== null && result.bulk !== null) bulks.set(hash, result.bulk);
        become(algorithm.applyUpdate(state, { bulk: hash, output: result.output }));
        updates += 1;
        break;
      }
      case 'done':
        return { trials, told, updates, done: true, state, bulks };
      default:
        action satisfies never;
    }
  }
  return { trials, told, updates, done: false, state, bulks };
}

/** What two equal runs have in common: all proposals and the last state. */
export function fingerprint(run: Run): string {
  return sha256Hex(JSON.stringify(run.trials) + hashJson([...encodeState(run.state)]));
}

/** Outcomes of every kind, each a function of the trial alone; `score` gives those of the scored ones. */
export function mixedOutcome(score: (genome: Genome) => number): (trial: Trial) => Outcome {
  return (trial) => {
    const source = new RandomStream(fork(rngFromSeed('outcomes'), trial.index));
    const dice = source.below(20);
    if (dice === 0) return { kind: 'infeasible', reason: 'too large' };
    if (dice === 1) return { kind: 'failed', class: 'Diverged', message: 'loss is NaN' };
    if (dice === 2) return { kind: 'cancelled' };
    if (dice === 3) return { kind: 'stopped', step: 1 };
    if (dice === 4) return { kind: 'stopped', step: 1, metrics: { score: score(trial.genome), size: 1 } };
    return scoredOutcome(score)(trial);
  };
}

/** Scored outcomes, or stopped ones where the trial's gate says so. The curve rises towards the final score. */
export function scoredOutcome(score: (genome: Genome) => number): (trial: Trial) => Outcome {
  return ({ genome, gate, until }) => {
    const final = score(genome);
    if (gate === undefined) return { kind: 'scored', metrics: { score: final, size: 1 } };
    const reports: { step: number; metrics: { score: number } }[] = [];
    for (let step = 1; step <= (until ?? 9); step += 1) {
      reports.push({ step, metrics: { score: final - 1 / step } });
      const { stop, ...values } = gateDecision(gate, reports);
      if (stop) return { kind: 'stopped', step, metrics: { score: final - 1 / step, size: 1 }, ...values };
    }
    const { stop: _stop, ...values } = gateDecision(gate, reports);
    return { kind: 'scored', metrics: { score: final, size: 1 }, ...values };
  };
}
