import { fork, RandomStream, rngFromSeed, dexp, dlog } from '../../foundation/numbers/index.js';
import { estimate, rounded } from '../ma2ml/summary.js';
import { ppo, reinforce, type Arm } from './arm.js';
import type { TableName } from './accuracy-table.js';
import type { Run } from './sweep.js';

/** Seed of the draw of all settings. */
export const settingSeed = 20211109;

/** A setting of the controller that a user might have taken. */
export interface Setting {
  readonly learningRate: number;
  readonly batchSize: number;
  readonly entropyWeight: number;
  readonly temperature: number;
}

/** From where settings are drawn: on a logarithmic scale, the batch out of a list. */
export const settingRanges = {
  learningRate: [3e-4, 3e-2],
  batchSize: [5, 10, 20],
  entropyWeight: [1e-5, 1e-1],
  temperature: [0.5, 5],
} as const;

/** The first so many settings of the draw. */
export function drawSettings(count: number): readonly Setting[] {
  return Array.from({ length: count }, (_, place) => {
    const source = new RandomStream(fork(rngFromSeed(settingSeed), place));
    const between = ([low, high]: readonly [number, number]): number =>
      Number(dexp(dlog(low) + source.unit() * (dlog(high) - dlog(low))).toPrecision(3));
    return {
      learningRate: between(settingRanges.learningRate),
      batchSize: settingRanges.batchSize[source.below(settingRanges.batchSize.length)] ?? 10,
      entropyWeight: between(settingRanges.entropyWeight),
      temperature: between(settingRanges.temperature),
    };
  });
}

const rules: Readonly<Record<string, (setting: Setting) => Arm>> = {
  PPO: ({ learningRate, ...others }) => ppo(learningRate, others),
  REINFORCE: ({ learningRate, ...others }) => reinforce(learningRate, others),
  'REINFORCE in 5 passes': ({ learningRate, ...others }) => reinforce(learningRate, { passes: 5, ...others }),
};

/** A share with the ends of its interval of 95 % (Wilson, 1927). */
export type Share = readonly [share: number, low: number, high: number];

/** How settings fared on a table under one rule. */
export interface StabilityRow {
  readonly table: TableName;
  readonly rule: string;
  /** Settings most of whose searches reached the target. */
  readonly reached: Share;
  /** Settings that ended below random sampling in the mean. */
  readonly collapsed: Share;
  /** Mean of the finals of all searches, and their standard deviation. */
  readonly final: number;
  readonly deviation: number;
}

/** Settings drawn beforehand × seeds on both tables. */
export async function stabilityRows(
  run: Run,
  settingCount: number,
  seeds: number,
): Promise<readonly StabilityRow[]> {
  const settings = drawSettings(settingCount);
  const seedList = Array.from({ length: seeds }, (_, seed) => seed + 1);
  const rows: StabilityRow[] = [];
  for (const table of ['macro', 'nb201'] as const) {
    const random = await Promise.all(
      seedList.map((seed) => run({ table, arm: { kind: 'random' }, seed, evaluations: 800 })),
    );
    const floor = estimate(random.map(({ final }) => final)).mean;
    for (const [rule, armOf] of Object.entries(rules)) {
      const perSetting = await Promise.all(
        settings.map((setting) =>
          Promise.all(seedList.map((seed) => run({ table, arm: armOf(setting), seed, evaluations: 800 }))),
        ),
      );
      const reached = perSetting.filter(
        (results) => 2 * results.filter((one) => one.reached !== null).length > results.length,
      );
      const collapsed = perSetting.filter(
        (results) => estimate(results.map(({ final }) => final)).mean < floor,
      );
      const finals = perSetting.flatMap((results) => results.map(({ final }) => final));
      const { mean, standardError } = estimate(finals);
      rows.push({
        table,
        rule,
        reached: shareOf(reached.length, settings.length),
        collapsed: shareOf(collapsed.length, settings.length),
        final: rounded(mean, 2),
        deviation: rounded(standardError * Math.sqrt(finals.length), 2),
      });
    }
  }
  return rows;
}

function shareOf(count: number, total: number): Share {
  const z = 1.96;
  const share = count / total;
  const middle = (share + (z * z) / (2 * total)) / (1 + (z * z) / total);
  const half =
    (z / (1 + (z * z) / total)) * Math.sqrt((share * (1 - share)) / total + (z * z) / (4 * total * total));
  return [rounded(share), rounded(Math.max(0, middle - half)), rounded(Math.min(1, middle + half))];
}
