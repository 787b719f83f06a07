import {
  bindAlgorithm,
  encodeState,
  quasiRandom,
  random,
  regularizedEvolution,
  tpe,
  type AlgorithmReference,
  type StateValue,
} from '../algorithms/index.js';
import { rngFromSeed } from '../foundation/numbers/index.js';
import { float, int, oneOf, space, view, type Genome } from '../search-spaces/index.js';
import { readCount } from './count-option.js';

/** Thirteen decisions of every kind that hyper-parameters have. */
const decisions = view(
  space({
    operations: [
      oneOf(['a', 'b', 'c', 'd', 'e']),
      oneOf(['a', 'b', 'c', 'd', 'e']),
      oneOf(['a', 'b', 'c', 'd', 'e']),
    ],
    activation: oneOf(['relu', 'tanh', 'gelu']),
    schedule: oneOf(['cosine', 'step', 'constant']),
    batch: oneOf([16, 32, 64, 128]),
    depth: oneOf([1, 2, 3, 4, 5, 6]),
    units: int(1, 512, { scale: 'log' }),
    layers: int(1, 9),
    rate: float(1e-4, 1, { scale: 'log' }),
    decay: float(1e-6, 1e-2, { scale: 'log' }),
    dropout: float(0, 1),
    momentum: float(0.5, 0.999, { scale: 'reverseLog' }),
  }),
);

const reducers: readonly AlgorithmReference[] = [random(), quasiRandom(), regularizedEvolution(), tpe()];

/** What one algorithm costs. */
export interface AlgorithmCost {
  readonly algorithm: string;
  /** Processor time of `propose` and `tell` of a trial, in milliseconds, by the index at which a stretch ends. */
  readonly milliseconds: Readonly<Record<number, number>>;
  /** Largest encoded state, and the bound that the algorithm names. */
  readonly stateBytes: number;
  readonly boundBytes: number;
}

/** A smooth score of a point with a best value inside. */
function scoreOf(genome: Genome): number {
  return genome.reduce((sum, number, place) => sum - Math.abs(number - (place % 3)) / (1 + place), 0);
}

/** Measures an algorithm without updates over so many trials, one at a time. */
export function costOf(reference: AlgorithmReference, trials: number, stretches: number): AlgorithmCost {
  const metrics = [{ name: 'score', goal: 'maximize' }] as const;
  const bound = bindAlgorithm(reference, decisions, metrics, rngFromSeed('cost'), 'in-order');
  let state: StateValue = bound.init();
  let stateBytes = 0;
  const milliseconds: Record<number, number> = {};
  const stretch = Math.floor(trials / stretches);
  let from = process.cpuUsage();
  for (let index = 0; index < trials; index += 1) {
    const proposed = bound.propose(state, index);
    if (proposed.action.kind !== 'trial')
      throw new Error(`${reference.name} answers ${proposed.action.kind}`);
    const { genome } = proposed.action.proposal;
    const outcome = { kind: 'scored', metrics: { score: scoreOf(genome) } } as const;
    state = bound.tell(proposed.state, [{ trial: { index, genome }, outcome }]);
    if ((index + 1) % stretch !== 0) continue;
    const { user, system } = process.cpuUsage(from);
    milliseconds[index + 1] = (user + system) / 1000 / stretch;
    stateBytes = Math.max(stateBytes, encodeState(state).length);
    from = process.cpuUsage();
  }
  return { algorithm: reference.name, milliseconds, stateBytes, boundBytes: bound.maximumStateBytes };
}

/**
 * What the reducers of an algorithm cost in each tenth of 10,000 trials, or `--trials N`, with the largest state: one
 * JSON line for each algorithm. The bar is 1.5 ms in the mean at any index.
 */
export async function run(benchArguments: readonly string[]): Promise<void> {
  const trials = readCount(benchArguments, '--trials', 10_000, 10);
  for (const reference of reducers)
    console.log(JSON.stringify({ bench: 'algorithm-cost', trials, ...costOf(reference, trials, 10) }));
}
