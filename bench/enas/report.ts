import { armName, barArms, barLearningRate, sweepArms } from './arm.js';
import type { Arm } from './arm.js';
import type { Experiments, Paths } from './experiments.js';
import {
  aloneAgreement,
  aloneSummaryOf,
  lengthSummaryOf,
  readingOf,
  sizeBiasOf,
  summaryOf,
  type Agreement,
  type AloneSummary,
  type ArmRunResult,
  type ArmSummary,
  type LengthSummary,
  type SizeBias,
} from './outcome.js';
import { meanOf } from './shared-search.js';

/** The parts of the experiment, in the order in which they run. */
const parts = ['bars', 'ranking', 'sweep', 'policy', 'alone'] as const;
export type Part = (typeof parts)[number];

/** What the experiment came to, as far as it was run. */
export interface Report {
  /** Arms on uniform paths, those of the bars first, then arms on the paths of their policies. */
  readonly arms: readonly (ArmSummary & { readonly paths: Paths })[];
  readonly ranking: RankingSummary | null;
  readonly alone: readonly (AloneSummary & { readonly paths: Paths })[];
}

export interface RankingSummary {
  readonly lengths: readonly LengthSummary[];
  /** Of two seeds of trainings alone. */
  readonly betweenSeeds: Agreement;
  /** Of the accuracy alone. */
  readonly biasAlone: SizeBias;
  /** Mean, least and most test accuracy alone of the uniform architectures. */
  readonly accuracy: { readonly mean: number; readonly least: number; readonly most: number };
  readonly reading: string;
}

/** Runs the parts and says what each of them came to. */
export async function reportOf(
  experiments: Experiments,
  wanted: readonly Part[],
  print: (line: object) => void,
): Promise<Report> {
  let report: Report = nothing;
  for (const part of parts.filter((one) => wanted.includes(one))) {
    const { arms, ranking, alone } = await partOf(experiments, part, wanted);
    for (const { arm, gains, entropies, ...figures } of arms)
      print({ kind: part, arm: armName(arm), ...figures, gains, relativeEntropies: entropies });
    if (ranking !== null) print({ kind: part, ...ranking });
    for (const { arm, ...figures } of alone) print({ kind: part, arm: armName(arm), ...figures });
    report = {
      arms: [...report.arms, ...arms],
      ranking: ranking ?? report.ranking,
      alone: [...report.alone, ...alone],
    };
  }
  return report;
}

const nothing: Report = { arms: [], ranking: null, alone: [] };

async function partOf(experiments: Experiments, part: Part, wanted: readonly Part[]): Promise<Report> {
  switch (part) {
    case 'bars':
      return { ...nothing, arms: await armsOf(experiments, barArms, 'uniform') };
    case 'ranking':
      return { ...nothing, ranking: await rankingOf(experiments) };
    case 'sweep':
      return { ...nothing, arms: await armsOf(experiments, sweepArms, 'uniform') };
    case 'policy':
      return { ...nothing, arms: await armsOf(experiments, [...barArms, ...sweepArms], 'policy') };
    case 'alone': {
      const paths = wanted.includes('policy') ? (['uniform', 'policy'] as const) : (['uniform'] as const);
      return { ...nothing, alone: await aloneOf(experiments, paths) };
    }
    default:
      return part satisfies never;
  }
}

/** The parts after `--only`, all without it. */
export function readParts(benchArguments: readonly string[]): readonly Part[] {
  const at = benchArguments.indexOf('--only');
  if (at === -1) return parts;
  return (benchArguments[at + 1] ?? '').split(',').map((name) => {
    const part = parts.find((one) => one === name);
    if (part === undefined)
      throw new Error(`--only takes ${parts.join(', ')}, separated by commas, not "${name}".`);
    return part;
  });
}

async function armsOf(experiments: Experiments, arms: readonly Arm[], paths: Paths): Promise<Report['arms']> {
  const runs = await experiments.runsOf(arms, paths);
  return runs.map((own) => ({ paths, ...summaryOf(own) }));
}

async function rankingOf(experiments: Experiments): Promise<RankingSummary> {
  const alone = await experiments.uniformAlone();
  const trainings = await Promise.all(
    experiments.setting.lengths.map(async (steps) => [steps, await experiments.lengthOf(steps)] as const),
  );
  const lengths = trainings.map(([steps, shared]) => lengthSummaryOf(steps, shared, alone));
  const means = alone.map(({ tests }) => meanOf(tests));
  return {
    lengths,
    betweenSeeds: aloneAgreement(alone),
    biasAlone: sizeBiasOf(means, alone),
    accuracy: { mean: meanOf(means), least: Math.min(...means), most: Math.max(...means) },
    reading: readingOf(lengths),
  };
}

/** Trainings alone for the arms of the bars, at their learning rate. */
async function aloneOf(experiments: Experiments, paths: readonly Paths[]): Promise<Report['alone']> {
  const learning = barArms.filter((arm) => arm.kind !== 'random' && arm.learningRate === barLearningRate);
  const found: (AloneSummary & { readonly paths: Paths })[] = [];
  for (const one of paths) {
    const all = await experiments.runsOf(barArms, one);
    for (const runs of all.filter(([first]) => isOf(first, learning))) {
      const alone = await experiments.aloneOf(runs);
      found.push({ paths: one, ...aloneSummaryOf(runs, alone, experiments.setting.derivedFrom) });
    }
  }
  return found;
}

function isOf(result: ArmRunResult | undefined, arms: readonly Arm[]): boolean {
  return result !== undefined && arms.some((arm) => armName(arm) === armName(result.run.arm));
}
