import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../../setup/folders.mjs';
import { markdownTable } from '../ma2ml/page.js';
import type { Estimate } from '../ma2ml/summary.js';
import { armName } from './arm.js';
import { gainPlot } from './gain-plot.js';
import type { ArmSummary, Verdict } from './outcome.js';
import type { RankingSummary, Report } from './report.js';

const start = '<!-- figures of npm run bench -- enas -->';
const end = '<!-- end of figures -->';

/** Writes the figures between the marks of `docs/enas-experiment.md`, and the plot `docs/enas-experiment.svg`. */
export function writePage(report: Report, verdicts: readonly Verdict[]): void {
  const onUniform = report.arms.filter(({ paths }) => paths === 'uniform');
  if (onUniform.length > 0)
    writeFileSync(path.join(packageRoot, 'docs', 'enas-experiment.svg'), gainPlot(onUniform));
  const file = path.join(packageRoot, 'docs', 'enas-experiment.md');
  const text = readFileSync(file, 'utf8');
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`The page ${file} has no marks for the figures.`);
  const figures = figuresOf(report, verdicts);
  writeFileSync(file, `${text.slice(0, from)}${start}\n\n${figures}\n\n${text.slice(to)}`);
}

/** Tables of all that was run, in Markdown. */
export function figuresOf(report: Report, verdicts: readonly Verdict[]): string {
  const sections: string[] = [];
  for (const paths of ['uniform', 'policy'] as const) {
    const arms = report.arms.filter((one) => one.paths === paths);
    if (arms.length > 0) sections.push(`${titles[paths]}:`, armTable(arms));
  }
  if (verdicts.length > 0) sections.push('Bars:', verdictTable(verdicts));
  if (report.ranking !== null) sections.push(...rankingSection(report.ranking));
  if (report.alone.length > 0)
    sections.push('Architectures trained alone, test accuracy in per cent:', aloneTable(report.alone));
  return sections.join('\n\n');
}

const titles = {
  uniform: 'Shared weights on uniform paths, the same for all arms of a seed',
  policy:
    'Shared weights on the paths of the policy after a third of the epochs, where a gain is self-fulfilling',
} as const;

function armTable(arms: readonly ArmSummary[]): string {
  const head = [
    ...['arm', 'seeds', 'gain, last five epochs', 'entropy: nats', 'of uniform [least, most]'],
    ...['KL', 'clipped', 'skips', 'processor s'],
  ];
  const body = arms.map((one) => [
    ...[armName(one.arm), String(one.seeds), shown(one.gain, 3), shown(one.entropy, 1)],
    `${one.relativeEntropy.mean.toFixed(2)} [${one.entropyRange.map((value) => value.toFixed(2)).join(', ')}]`,
    one.divergence === null ? '' : one.divergence.mean.toFixed(3),
    one.clipFraction === null ? '' : one.clipFraction.mean.toFixed(2),
    ...[one.skipProbability.mean.toFixed(2), one.seconds.mean.toFixed(0)],
  ]);
  return markdownTable([head, ...body]);
}

function verdictTable(verdicts: readonly Verdict[]): string {
  const body = verdicts.map(({ claim, arm, figures, passed }) => [
    ...[claim, arm],
    Object.entries(figures)
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
    passed ? 'passed' : '**missed**',
  ]);
  return markdownTable([['bar', 'arm', 'figures', ''], ...body]);
}

function rankingSection({ lengths, betweenSeeds, biasAlone, accuracy, reading }: RankingSummary): string[] {
  const head = [
    'steps of the shared weights',
    'seeds',
    'Spearman',
    'Kendall',
    'with parameters',
    'with skips',
  ];
  const body = lengths.map(({ steps, seeds, spearman, kendall, bias }) => [
    ...[String(steps), String(seeds)],
    ...[spearman, kendall, bias.parameters, bias.skips].map(correlation),
  ]);
  const alone = [
    ...['two seeds alone', '', correlation(betweenSeeds.spearman), correlation(betweenSeeds.kendall)],
    ...[correlation(biasAlone.parameters), correlation(biasAlone.skips)],
  ];
  const { mean, least, most } = accuracy;
  return [
    'Uniform architectures: shared accuracy against test accuracy alone, ' +
      `which is ${percent(mean)} % in the mean, ${percent(least)} to ${percent(most)}:`,
    markdownTable([head, ...body, alone]),
    `**${reading}**`,
  ];
}

function aloneTable(alone: Report['alone']): string {
  const head = [
    ...['arm', 'paths', 'seeds', 'policy − uniform', 'Spearman over uniform', 'over policy'],
    ...['greedy', 'best of policy', 'best of uniform'],
  ];
  const body = alone.map((one) => [
    ...[armName(one.arm), one.paths, String(one.seeds), shownPercent(one.difference)],
    ...[correlation(one.uniform.spearman), correlation(one.policy.spearman)],
    ...[one.greedy, one.bestOfPolicy, one.bestOfUniform].map(shownPercent),
  ]);
  return markdownTable([head, ...body]);
}

function shown({ mean, standardError }: Estimate, digits: number): string {
  return `${mean.toFixed(digits)} ± ${standardError.toFixed(digits)}`;
}

function shownPercent({ mean, standardError }: Estimate): string {
  return `${percent(mean)} ± ${percent(standardError)}`;
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

function correlation(value: number | null): string {
  return value === null ? '–' : value.toFixed(2);
}
