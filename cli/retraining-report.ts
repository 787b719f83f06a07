import type {
  CandidateCorrelation,
  RepeatedValue,
  RetrainedCandidate,
  Retraining,
} from '../searches/retraining/index.js';
import type { Json } from '../foundation/json/index.js';
import { formatNumber } from './number-format.js';
import { textTable } from './text-table.js';

/** The full retraining for people: the candidates, the chosen one and what only it tells, and the rank correlations. */
export function retrainingReport(retraining: Retraining): string {
  const { candidates, chosen, metric, observed, searches, trials } = retraining;
  if (candidates.length === 0) return `No candidate for a full retraining after ${trials} trials.`;
  const rows = candidates.map((candidate, place) => [
    `  ${place}${place === chosen ? ' *' : ''}`,
    sourceText(candidate),
    candidate.search === null ? '' : formatNumber(candidate.search.value),
    repeatedText(candidate.retrained),
  ]);
  const best = chosen === null ? undefined : candidates[chosen];
  const told = Object.entries(observed).map(([name, value]) => `${name} ${repeatedText(value)}`);
  return [
    `full retraining after ${trials} trials: ${metric}, mean and deviation of ${searches.length} repetitions`,
    textTable([['  candidate', 'source', 'in the search', 'retrained'], ...rows]),
    ...(best === undefined
      ? ['No candidate kept all limits in every repetition.']
      : [
          `chosen candidate ${chosen ?? ''}: ${[`${metric} ${repeatedText(best.retrained)}`, ...told].join(', ')}`,
          `  ${JSON.stringify(wholePoint(best))}`,
        ]),
    ...correlationLines(retraining),
  ].join('\n');
}

/** All parameters of a candidate: of a nested search those of all levels by name. */
export function wholePoint({ parameters, levels }: RetrainedCandidate): Json {
  return levels ?? parameters;
}

/** Where a candidate comes from, with the number that spoke for it: `greedy, drawn 0.93`. */
export function sourceText({ sources }: RetrainedCandidate): string {
  return sources
    .map(({ source, value }) => (value === null ? source : `${source} ${formatNumber(value)}`))
    .join(', ');
}

/** `0.974 ± 0.002`, or the single values where a repetition gave none. */
export function repeatedText({ values, mean, deviation }: RepeatedValue): string {
  if (mean !== null)
    return deviation === null ? formatNumber(mean) : `${formatNumber(mean)} ± ${formatNumber(deviation)}`;
  return values.map((value) => (value === null ? 'none' : formatNumber(value))).join(', ');
}

/** One line for each rank correlation that has a value. */
export function correlationLines({ rankCorrelation, metric }: Retraining): readonly string[] {
  const line = (what: string, { candidates, value }: CandidateCorrelation): readonly string[] =>
    value === null
      ? []
      : [
          `rank correlation of ${what} and ${metric} retrained: ${value.toFixed(3)} (${candidates} candidates)`,
        ];
  return [
    ...line('the metric in the search', rankCorrelation.search),
    ...line('what was expected of drawn candidates', rankCorrelation.expected),
  ];
}
