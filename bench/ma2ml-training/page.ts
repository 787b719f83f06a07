import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../../setup/folders.mjs';
import { markdownTable } from '../ma2ml/page.js';
import type { Estimate } from '../ma2ml/summary.js';
import type { ArmName } from './pipeline-search.js';

const start = '<!-- figures of npm run bench -- ma2ml-training -->';
const end = '<!-- end of the figures of trainings -->';

/** What an arm has found, over all seeds. */
export interface ArmSummary {
  readonly arm: ArmName;
  /** Best validation accuracy so far, by the number of pipelines. */
  readonly bestSoFar: Readonly<Record<string, Estimate>>;
  /** Mean validation accuracy of the last eight pipelines. */
  readonly lastRound: Estimate;
  /** Of the chosen pipeline after the longer training. */
  readonly fullValidation: Estimate;
  readonly test: Estimate;
  /** MA2ML less this arm over pairs of the same seed; null for MA2ML itself. */
  readonly ahead: { readonly best: Estimate; readonly test: Estimate } | null;
}

/** Writes the figures between the marks of `docs/ma2ml.md`. */
export function writePage(summaries: readonly ArmSummary[], setting: string): void {
  const moments = Object.keys(summaries[0]?.bestSoFar ?? {});
  const head = [
    'arm',
    ...moments.map((moment) => `best@${moment}`),
    ...['last round', 'test', 'MA2ML − arm, best', 'MA2ML − arm, test'],
  ];
  const body = summaries.map(({ arm, bestSoFar, lastRound, test, ahead }) => [
    arm,
    ...Object.values(bestSoFar).map(percent),
    ...[percent(lastRound), percent(test)],
    ...(ahead === null ? ['', ''] : [percent(ahead.best), percent(ahead.test)]),
  ]);
  const file = path.join(packageRoot, 'docs', 'ma2ml.md');
  const text = readFileSync(file, 'utf8');
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`The page ${file} has no marks for the figures of trainings.`);
  const figures = `${setting}\n\n${markdownTable([head, ...body])}`;
  writeFileSync(file, `${text.slice(0, from)}${start}\n\n${figures}\n\n${text.slice(to)}`);
}

function percent({ mean, standardError }: Estimate): string {
  const error = Number.isNaN(standardError) ? '' : ` ± ${(100 * standardError).toFixed(1)}`;
  return `${(100 * mean).toFixed(1)}${error}`;
}
