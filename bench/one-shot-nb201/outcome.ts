import { rankCorrelation } from '../../searches/retraining/rank-correlation.js';
import { bestOf } from './arm.js';
import type { ArmResult, Cell, PolicyFigures, ScoredCell } from './arm.js';
import { kendallCorrelation } from './kendall.js';

/** Looks up the test accuracy of a cell in per cent. */
export type TableAccuracy = (cell: Cell) => number;

/** What one way of choosing among scored cells led to. */
export interface Chosen {
  /** Test accuracy of the cell with the best shared accuracy. */
  readonly derived: number;
  /** Mean test accuracy of the ten best. */
  readonly tenBest: number;
  readonly cell: string;
}

export type ArmOutcome = MeasuredArm & ({ readonly evolution: Chosen } | { readonly enas: PolicyOutcome });

/** What the controller led to. */
export interface PolicyOutcome extends Chosen {
  /** The most probable cell of the last policy. */
  readonly greedy: number;
  /** The best by shared accuracy of as many random cells: the control of the derivation. */
  readonly randomOfAsMany: number;
  readonly policy: PolicyFigures;
}

interface MeasuredArm {
  /** Agreement of shared accuracies with the table over the random cells, as the training goes on. */
  readonly correlations: readonly {
    readonly minutes: number;
    readonly steps: number;
    readonly loss: number;
    readonly spearman: number | null;
    readonly kendall: number | null;
  }[];
  /** The best of the random cells by the last scores: as many evaluations as an evolution has. */
  readonly random: Chosen;
  /** Mean test accuracy of the random cells: what a cell has that nothing chose. */
  readonly meanCell: number;
}

/** Looks the outcome of a finished arm up in the table. */
export function outcomeOfArm(result: ArmResult, tableAccuracy: TableAccuracy): ArmOutcome {
  const { milestones, randomCells } = result;
  const alone = randomCells.map((cell) => tableAccuracy(cell));
  const last = milestones.at(-1)?.accuracies ?? [];
  const scored = randomCells.map((cell, i) => ({ cell, accuracy: last[i] ?? Number.NaN }));
  const measured = {
    correlations: milestones.map(({ minutes, steps, loss, accuracies }) => {
      const pairs = accuracies.map((accuracy, i) => [accuracy, alone[i] ?? Number.NaN] as const);
      return {
        ...{ minutes: rounded(minutes, 2), steps, loss: rounded(loss, 3) },
        spearman: roundedOrNull(rankCorrelation(pairs), 3),
        kendall: roundedOrNull(kendallCorrelation(pairs), 3),
      };
    }),
    random: chosenOf(scored, tableAccuracy),
    meanCell: rounded(mean(alone), 2),
  };
  if ('evolution' in result) return { ...measured, evolution: chosenOf(result.evolution, tableAccuracy) };
  const { derivation, policy } = result;
  const greedy = derivation.at(-1)?.cell;
  return {
    ...measured,
    enas: {
      ...chosenOf(derivation, tableAccuracy),
      greedy: greedy === undefined ? Number.NaN : rounded(tableAccuracy(greedy), 2),
      randomOfAsMany: chosenOf(scored.slice(0, derivation.length), tableAccuracy).derived,
      policy: {
        ...{ updates: policy.updates, reward: roundedOrNull(policy.reward, 3) },
        ...{ entropy: rounded(policy.entropy, 2), largestEntropy: rounded(policy.largestEntropy, 2) },
      },
    },
  };
}

function chosenOf(scored: readonly ScoredCell[], tableAccuracy: TableAccuracy): Chosen {
  const { cell } = bestOf(scored);
  const ten = [...scored].sort((a, b) => b.accuracy - a.accuracy).slice(0, 10);
  return {
    derived: rounded(tableAccuracy(cell), 2),
    tenBest: rounded(mean(ten.map((each) => tableAccuracy(each.cell))), 2),
    cell: cell.join(''),
  };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function roundedOrNull(value: number | null, digits: number): number | null {
  return value === null ? null : rounded(value, digits);
}
