/**
 * A table of what each search spent until it had a child of equal accuracy. Accuracy is the mean of a candidate's full
 * trainings; all searches reach the lowest of their best means, so that is the one that counts as equal.
 */
export function comparisonOf(searches) {
  const bests = searches.map(({ retraining }) => bestMean(retraining));
  const equal = Math.min(...bests);
  const columns = ['', 'best child, retrained', 'rank correlation', 'until an equal child', 'whole search'];
  const rows = searches.map(({ way, retraining, trials }, place) => {
    const { value } = retraining.rankCorrelation.search;
    return [
      way,
      percent(bests[place]),
      value === null ? 'none' : value.toFixed(2),
      seconds(secondsUntil(firstEqual(retraining, equal), trials)),
      seconds(secondsUntil(Infinity, trials)),
    ];
  });
  return `${table([columns, ...rows])}

Equal is a mean accuracy of ${percent(equal)} after full training, the lower one of the two best. Counted is the processor
time, on all threads, that evaluations took up to and with the first trial of a retrained candidate that is as good: with
shared weights also all training of these and the control. Not counted are the full trainings, which are the same for
both, starts of processes, and attempts that were interrupted. Only retrained children are known to be equal, and one that was
not retrained may have been as good earlier: both times until an equal child are upper bounds.`;
}

/** Processor seconds of the trials up to an index, which it includes. */
export function secondsUntil(index, trials) {
  return trials
    .filter((trial) => trial.index <= index)
    .reduce((sum, { outcome }) => sum + (outcome?.metrics?.processorSeconds ?? 0), 0);
}

/** Means of the same accuracies in another order differ in the last digit; one example more or less is far above this. */
const rounding = 1e-9;

/** Index of the first trial of a candidate whose mean accuracy after full training is no lower. */
export function firstEqual({ candidates }, accuracy) {
  const equals = candidates.filter(({ retrained: { mean } }) => mean !== null && mean >= accuracy - rounding);
  return Math.min(...equals.flatMap(({ search }) => search?.trials ?? []));
}

function bestMean({ candidates, chosen }) {
  if (chosen === null) throw new Error('No candidate was trained in full without a failure.');
  return candidates[chosen].retrained.mean;
}

function percent(share) {
  return `${(100 * share).toFixed(2)} %`;
}

function seconds(amount) {
  return `${amount.toFixed(1)} s`;
}

function table(rows) {
  const widths = rows[0].map((_cell, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
