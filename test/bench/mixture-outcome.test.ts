import { expect, test } from 'vitest';
import { MixtureJournal, type MixtureLine } from '../../bench/one-shot-nb201/mixture-journal.js';
import { mixtureOutcome } from '../../bench/one-shot-nb201/mixture-outcome.js';
import { mixtureAlgorithm, type MixtureSetting } from '../../bench/one-shot-nb201/mixture-setting.js';
import type { Outcome } from '../../algorithms/index.js';
import { nasBench201Cell, nasBench201Operations } from '../../search-spaces/index.js';
import { LoopRun } from '../../testing/loop-run.js';
import { simulatedPlan } from '../../testing/simulated-plan.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const setting: MixtureSetting = { kind: 'darts', seed: 1, epochs: 5, trainingExamples: 64 };
const [skip, convolution] = ['skip_connect', 'nor_conv_3x3'].map((name) =>
  nasBench201Operations.indexOf(name as (typeof nasBench201Operations)[number]),
);

/** After epoch e, the first e edges of the cell are skips and the others convolutions. */
function valuesAfter(epoch: number): readonly number[] {
  return Array.from({ length: 6 }, (_none, edge) =>
    nasBench201Operations.map((_name, option) => (option === (edge < epoch ? skip : convolution) ? 1 : 0)),
  ).flat();
}

function undisturbed(): readonly MixtureLine[] {
  const plan = simulatedPlan(mixtureAlgorithm(setting), nasBench201Cell, {
    ...{ name: 'darts', seed: 1, metrics: { accuracy: 'maximize' } },
  });
  const run = new LoopRun(plan);
  const lines: MixtureLine[] = [];
  for (let trial = run.next(); trial !== null; trial = run.next()) {
    const { index, slice, genome } = trial;
    const values = slice?.kind === 'mix' ? valuesAfter(slice.epoch) : [];
    lines.push({
      ...{ index, kind: slice?.kind ?? '', genome: [...genome], values: [...values] },
      ...{ accuracy: 0.5, seconds: 60, saved: null },
    });
    const outcome: Outcome = { kind: 'scored', metrics: { accuracy: 0.5 } };
    run.complete(trial, values.length === 0 ? outcome : { ...outcome, values });
  }
  return lines;
}

test('a rule is read off the journal of the run without it', () => {
  const skipsOf = (cell: readonly number[]): number => cell.filter((option) => option === skip).length;
  const outcome = mixtureOutcome(setting, undisturbed(), (cell) => 94 - 6 * skipsOf(cell));
  expect(outcome.withoutRule).toMatchObject({ epochs: 5, skips: 5, derived: 64 });
  // After the second epoch there are two skips, and the architecture of the first is returned.
  expect(outcome.withRule['at most 1 skip']).toMatchObject({ epochs: 2, skips: 1, derived: 88 });
  expect(outcome.withRule['one ranking for 10 epochs']).toEqual(outcome.withoutRule);
  expect(outcome.skipsByEpoch.slice(1)).toEqual([1, 2, 3, 4]);
  expect(outcome.minutes).toBe(6);
});

test('the trials of an arm stay in its folder, but for a line that was cut off', async () => {
  const results = temporaryFolder();
  const lines = undisturbed().slice(0, 2);
  const journal = new MixtureJournal(results, setting);
  expect(journal.lines()).toEqual([]);
  for (const line of lines) journal.add(line);
  const { appendFileSync } = await import('node:fs');
  appendFileSync(`${journal.folder}/trials.jsonl`, '{"index":2,"ki');
  expect(new MixtureJournal(results, setting).lines()).toEqual(lines);
  for (const line of undisturbed().slice(2, 3)) journal.add(line);
  expect(journal.lines()).toHaveLength(3);
});
