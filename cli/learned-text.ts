import type { AlgorithmView } from '../searches/index.js';
import { formatNumber } from './number-format.js';
import { textTable } from './text-table.js';

/** Options of a decision that a terminal has room for. */
const shownOptions = 4;
/** Epochs that a terminal has room for, the last ones. */
const shownEpochs = 12;

/** What an algorithm has learned, as text for a terminal. */
export function learnedText({
  algorithm,
  figures,
  groups,
  notes = [],
  warning,
  history,
}: AlgorithmView): string {
  const blocks = groups.map(({ name, figures: own, decisions, moreDecisions }) => {
    const rows = decisions.map(({ id, options, moreOptions }) => {
      const sorted = options.toSorted((a, b) => b.probability - a.probability);
      const hidden = moreOptions + Math.max(0, sorted.length - shownOptions);
      const texts = sorted
        .slice(0, shownOptions)
        .map((option) => `${option.name} ${(100 * option.probability).toFixed(0)} %`);
      return [`  ${id}`, [...texts, ...(hidden === 0 ? [] : [`${hidden} more`])].join(', ')];
    });
    const more = moreDecisions === 0 ? [] : [`  and ${moreDecisions} more decisions`];
    return [own.length === 0 ? name : `${name}: ${figureText(own)}`, textTable(rows), ...more].join('\n');
  });
  const head = `${algorithm} has learned: ${figureText(figures)}`;
  const epochs = history === undefined ? [] : [epochTable(history)];
  return [head, ...notes, ...(warning === null ? [] : [warning]), ...epochs, ...blocks].join('\n');
}

function epochTable({ columns, rows }: NonNullable<AlgorithmView['history']>): string {
  const shown = rows.slice(-shownEpochs).map((row) => row.map(numberText));
  return textTable([columns, ...shown].map(([first = '', ...others]) => [`  ${first}`, ...others]));
}

function numberText(value: number | null): string {
  return value === null ? '–' : formatNumber(value);
}

function figureText(figures: AlgorithmView['figures']): string {
  return figures
    .map(({ name, value }) => `${name} ${value === null ? 'not known yet' : formatNumber(value)}`)
    .join(', ');
}
