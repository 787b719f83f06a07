import {
  AlgorithmError,
  type Action,
  type Algorithm,
  type AlgorithmReference,
  type Proposal,
  type SearchProblem,
  type Slice,
  type ToldTrial,
} from '../../../algorithms/index.js';
import { fork, RandomStream, type Rng } from '../../../foundation/numbers/index.js';
import { isPlainObject } from '../../../foundation/json/index.js';
import { sample, type Genome, type View } from '../../../search-spaces/index.js';

/** How long the toy trains, and how many trials follow each epoch. */
export type ToyConfig = {
  /** Declared epochs: from the last one on, `evaluations` follow the scores. */
  readonly epochs: number;
  /** `score` trials after each epoch … */
  readonly scores: number;
  /** … with so many draws each. */
  readonly count: number;
  readonly evaluations: number;
};

type Phase = 'train' | 'score' | 'update' | 'evaluate';

export type ToyState = {
  readonly epoch: number;
  readonly phase: Phase;
  /** Trials of the phase that were proposed, and those of them that were told. */
  readonly proposed: number;
  readonly told: number;
  /** The trial that left the last weights. */
  readonly weights: number | null;
  /** What it has learned: a moving mean of all rewards. */
  readonly gain: number;
  readonly policy: string | null;
};

type Problem = SearchProblem<ToyConfig>;

const name = 'toySlices';
const version = 1;

/** The smallest one-shot search: train, score from a policy, update the policy, and evaluate at the end. */
export function toySlices(config: ToyConfig): AlgorithmReference {
  return { name, version, config };
}

export const toySlicesAlgorithm: Algorithm<ToyConfig, ToyState> = {
  name,
  version,
  orders: ['in-order', 'as-completed'],
  objectives: 'single',
  slices: () => true,
  configure(config) {
    const read = (field: keyof ToyConfig): number => {
      const value = isPlainObject(config) ? config[field] : undefined;
      if (typeof value === 'number') return value;
      throw new AlgorithmError(`'${field}' of ${name} must be a number`);
    };
    return {
      epochs: read('epochs'),
      scores: read('scores'),
      count: read('count'),
      evaluations: read('evaluations'),
    };
  },
  maximumStateBytes: () => 400,
  init: () => ({ epoch: 1, phase: 'train', proposed: 0, told: 0, weights: null, gain: 0, policy: null }),
  propose(problem, state) {
    if (state.phase === 'update') {
      return { state, action: { kind: 'update', request: { bulk: state.policy, input: state.gain } } };
    }
    const slice = nextSlice(problem.config, state);
    if (slice === null) return { state, action: { kind: 'wait' } };
    const genome =
      slice.kind === 'evaluate'
        ? sample(problem.view, streamOf(problem, `evaluated ${state.epoch} ${state.proposed}`))
        : derived(problem, state);
    const { weights } = state;
    const proposal: Proposal = { genome, slice, ...(weights === null ? {} : { continues: weights }) };
    return {
      state: { ...state, proposed: state.proposed + 1 },
      action: { kind: 'trial', proposal } satisfies Action,
    };
  },
  tell: ({ config }, state, told) => told.reduce((before, one) => tellOne(config, before, one), state),
  drawer: ({ view }, policy) => drawerOf(view, policy),
  update: {
    compute: (_problem, bulk, input) => ({
      bulk: new TextEncoder().encode(JSON.stringify([bulk === null ? 0 : bulk.length, input])),
      output: null,
    }),
    apply: ({ config }, state, { bulk }) => nextPhase(config, { ...state, policy: bulk }),
  },
  describe: (_problem, { gain }) => ({
    figures: [{ name: 'gain', value: gain }],
    groups: [],
    warning: null,
  }),
  readState(_problem, value) {
    const fields = isPlainObject(value) ? value : {};
    const numbers = [fields['epoch'], fields['proposed'], fields['told'], fields['gain']];
    const phases: readonly unknown[] = ['train', 'score', 'update', 'evaluate'];
    if (!numbers.every((number) => typeof number === 'number') || !phases.includes(fields['phase']))
      throw new AlgorithmError('state must be one of the toy');
    return value as ToyState;
  },
};

function nextSlice({ epochs, scores, count, evaluations }: ToyConfig, state: ToyState): Slice | null {
  const { epoch, phase, proposed, told, policy } = state;
  switch (phase) {
    case 'train':
      return proposed > told
        ? null
        : { kind: 'train', epoch, paths: draw(policy, `train ${epoch}`), steps: 4 };
    case 'score': {
      if (proposed > told) return null;
      const isLast = proposed === scores - 1 && epoch < epochs;
      const label = `epoch ${epoch}: update ${proposed + 1} of ${scores}, gain ${state.gain.toPrecision(3)}`;
      const stream = `score ${epoch} ${proposed}`;
      return {
        kind: 'score',
        count,
        draw: draw(policy, stream),
        examples: 10,
        label,
        ...(isLast ? { cost: 1 } : {}),
      };
    }
    case 'evaluate':
      // The last one ends the epoch: it waits for the others, which run side by side.
      if (proposed === evaluations || (proposed === evaluations - 1 && told < proposed)) return null;
      return { kind: 'evaluate', ...(proposed === evaluations - 1 ? { cost: 1 } : {}) };
    case 'update':
      return null;
    default:
      return phase satisfies never;
  }
}

function tellOne(config: ToyConfig, state: ToyState, { trial, outcome }: ToldTrial): ToyState {
  const { slice, index } = trial;
  if (slice === undefined || slice.kind !== state.phase) return state;
  // A trial without a result is proposed again; a point that cannot be has had its turn.
  const isOver = outcome.kind === 'scored' || (outcome.kind === 'infeasible' && slice.kind === 'evaluate');
  if (!isOver) return { ...state, proposed: state.proposed - 1 };
  if (slice.kind === 'train') return nextPhase(config, { ...state, weights: index });
  const values = outcome.kind === 'scored' ? (outcome.values ?? []) : [];
  const mean = values.reduce((sum, value) => sum + value, 0) / config.count;
  const after = {
    ...state,
    told: state.told + 1,
    gain: slice.kind === 'score' ? state.gain / 2 + mean + 0 : state.gain,
  };
  return after.told === (slice.kind === 'score' ? config.scores : config.evaluations)
    ? nextPhase(config, after)
    : after;
}

function nextPhase({ epochs }: ToyConfig, state: ToyState): ToyState {
  const begun = { ...state, proposed: 0, told: 0 };
  switch (state.phase) {
    case 'train':
      return { ...begun, phase: 'score' };
    case 'score':
      return { ...begun, phase: 'update' };
    case 'update':
      if (state.epoch >= epochs) return { ...begun, phase: 'evaluate' };
      return { ...begun, phase: 'train', epoch: state.epoch + 1 };
    case 'evaluate':
      return { ...begun, phase: 'train', epoch: state.epoch + 1 };
    default:
      return state.phase satisfies never;
  }
}

function draw(policy: string | null, stream: string): Extract<Slice, { kind: 'score' }>['draw'] {
  return policy === null ? { from: 'uniform', stream } : { from: 'policy', policy, stream };
}

function drawerOf(view: View, policy: Uint8Array): (rng: Rng) => Genome {
  const learned = new TextDecoder().decode(policy);
  return (rng) => sample(view, new RandomStream(fork(rng, learned)));
}

function derived(problem: Problem, { gain }: ToyState): Genome {
  return sample(problem.view, streamOf(problem, `derived ${gain}`));
}

function streamOf({ rng }: Problem, label: string): RandomStream {
  return new RandomStream(fork(rng, label));
}
