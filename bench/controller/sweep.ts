import { estimate, medianOf, rounded } from '../ma2ml/summary.js';
import { ppo, reinforce, type Arm, type Task, type TaskResult } from './arm.js';

/** Runs a search, or answers what it came to before. */
export type Run = (task: Task) => Promise<TaskResult>;

export const learningRates = [3.5e-4, 1e-3, 3.5e-3, 1e-2, 3e-2] as const;

/** An arm of the sweep by its name. */
export const sweepArms: readonly (readonly [string, Arm])[] = [
  ['random', { kind: 'random' }],
  ...learningRates.map((rate) => [`REINFORCE ${rate}`, reinforce(rate)] as const),
  ...learningRates.map((rate) => [`PPO ${rate}`, ppo(rate)] as const),
  ['PPO by decision 0.001', ppo(1e-3, { ratio: 'decision' })],
  ['REINFORCE in 5 passes 0.001', reinforce(1e-3, { passes: 5 })],
  ['REINFORCE in 5 passes 0.01', reinforce(1e-2, { passes: 5 })],
  ['mean ratio × mean advantage 0.001', { kind: 'mean-ratio', learningRate: 1e-3, passes: 10 }],
];

/** Figures of an arm over its seeds. */
export interface ArmRow {
  readonly arm: string;
  readonly policyAt: Readonly<Record<string, number>>;
  readonly final: number;
  readonly finalDeviation: number;
  /** Median, and how many seeds reached the target. */
  readonly reached: number | null;
  readonly reachedSeeds: number;
  readonly least: number | null;
  readonly most: number | null;
  readonly entropy: number;
}

/** A bar with its figures. */
export interface Verdict {
  readonly claim: string;
  readonly figures: Readonly<Record<string, number | null>>;
  readonly passed: boolean;
}

/** All arms of the sweep on NAS-Bench-Macro (`enas.md` §9). */
export async function sweepRows(run: Run, seeds: number): Promise<readonly ArmRow[]> {
  const started = sweepArms.map(([name, arm]) => ({
    name,
    results: Promise.all(
      Array.from({ length: seeds }, (_, seed) =>
        run({ table: 'macro', arm, seed: seed + 1, evaluations: 800 }),
      ),
    ),
  }));
  const rows: ArmRow[] = [];
  for (const { name, results } of started) rows.push(rowOf(name, await results));
  return rows;
}

function rowOf(arm: string, results: readonly TaskResult[]): ArmRow {
  const finals = results.map(({ final }) => final);
  const { mean, standardError } = estimate(finals);
  // A search that never reached the target stands behind all that did.
  const reached = results.map(({ reached: at }) => at ?? Infinity).sort((a, b) => a - b);
  const shown = (value: number | undefined): number | null =>
    value === undefined || value === Infinity ? null : value;
  const moments = Object.keys(results[0]?.policyAt ?? {});
  return {
    arm,
    policyAt: Object.fromEntries(
      moments.map((at) => [
        at,
        rounded(estimate(results.map(({ policyAt }) => policyAt[at] ?? NaN)).mean, 2),
      ]),
    ),
    final: rounded(mean, 2),
    finalDeviation: rounded(standardError * Math.sqrt(results.length), 2),
    reached: shown(medianOf(reached)),
    reachedSeeds: reached.filter((at) => at < Infinity).length,
    least: shown(reached[0]),
    most: shown(reached.at(-1)),
    entropy: rounded(estimate(results.map(({ entropy }) => entropy)).mean, 2),
  };
}

/** The pass bars on the sweep. */
export function sweepVerdicts(rows: readonly ArmRow[]): readonly Verdict[] {
  const named = (name: string): ArmRow => {
    const row = rows.find(({ arm }) => arm === name);
    if (row === undefined) throw new Error(`The sweep has no arm "${name}".`);
    return row;
  };
  const [random, plain, clipped] = ['random', 'REINFORCE 0.001', 'PPO 0.001'].map(named);
  const wrong = named('mean ratio × mean advantage 0.001');
  if (random === undefined || plain === undefined || clipped === undefined)
    throw new Error('The sweep has lost an arm.');
  const speed = (clipped.reached ?? Infinity) / (plain.reached ?? Infinity);
  return [
    {
      claim: 'median evaluations to the target of PPO ≤ 0.6 × those of REINFORCE',
      figures: { ppo: clipped.reached, reinforce: plain.reached, ratio: rounded(speed, 2) },
      passed: speed <= 0.6,
    },
    {
      claim: 'final of both ≥ random + 1.5, of PPO ≥ 92.5',
      figures: { random: random.final, reinforce: plain.final, ppo: clipped.final },
      passed: Math.min(plain.final, clipped.final) >= random.final + 1.5 && clipped.final >= 92.5,
    },
    {
      claim: 'entropy at the end: PPO ≤ 5.0 nats, REINFORCE ≤ 7.0',
      figures: { ppo: clipped.entropy, reinforce: plain.entropy },
      passed: clipped.entropy <= 5 && plain.entropy <= 7,
    },
    {
      claim: 'the mistaken arm loses: deviation ≥ 3 × that of PPO, or final lower by ≥ 0.5',
      figures: { final: wrong.final, deviation: wrong.finalDeviation, ppo: clipped.finalDeviation },
      passed: wrong.finalDeviation >= 3 * clipped.finalDeviation || wrong.final <= clipped.final - 0.5,
    },
  ];
}
