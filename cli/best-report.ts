import type { BestTrial, SearchResult } from '../searches/loop/index.js';
import { formatNumber } from './number-format.js';
import { retrainingReport } from './retraining-report.js';

const shownPoints = 20;

/** The end of a search for people: why it ended, the best trial and the trajectory hash. */
export function resultReport(result: SearchResult): string {
  const lines = [`${result.search}: finished after ${result.trials} trials (${reasonText(result)}).`];
  lines.push(
    result.best === null
      ? 'No trial has a score.'
      : bestReport(result.front.length > 1 ? result.front : [result.best]),
  );
  if (result.retraining !== undefined) lines.push(retrainingReport(result.retraining));
  lines.push(`trajectory hash ${result.trajectoryHash}`);
  return lines.join('\n');
}

/** The best trial with its parameters, or the Pareto front. */
export function bestReport(best: readonly BestTrial[]): string {
  const [first] = best;
  if (first === undefined) return 'No trial has a score yet.';
  if (best.length === 1) return `best trial ${trialText(first)}`;
  const points = best
    .slice(0, shownPoints)
    .map((trial) => `  trial ${trialText(trial).replaceAll('\n', '\n  ')}`);
  const more = best.length > shownPoints ? [`  … and ${best.length - shownPoints} more`] : [];
  return [`Pareto front of ${best.length} trials:`, ...points, ...more].join('\n');
}

/** The knee of a front of so many trials. */
export function kneeReport(knee: BestTrial, front: number): string {
  return `trial ${trialText(knee)}\nthe knee of a Pareto front of ${front} trials; --front shows all of them`;
}

function trialText(trial: BestTrial): string {
  const metrics = Object.entries(trial.metrics).map(([name, value]) => `${name} ${formatNumber(value)}`);
  const inner = Object.entries(trial.inner).map(
    ([level, parameters]) => `  ${level}: ${JSON.stringify(parameters)}`,
  );
  return [`${trial.index}: ${metrics.join(', ')}`, `  ${JSON.stringify(trial.parameters)}`, ...inner].join(
    '\n',
  );
}

function reasonText({ reason }: SearchResult): string {
  switch (reason.kind) {
    case 'trials':
      return 'as many as asked for';
    case 'scored':
      return 'enough scored trials';
    case 'cost':
      return 'the cost is spent';
    case 'duration':
      return 'the time is over';
    case 'target':
      return `trial ${reason.index} reached the target`;
    case 'exhausted':
      return 'there is nothing more to try';
    default: {
      const never: never = reason;
      return never;
    }
  }
}
