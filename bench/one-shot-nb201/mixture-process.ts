/*
 * `node mixture-process.mjs FOLDER SETTING`: a differentiable search of the cell, or its rest, with one line of JSON for
 * each trial. A kill costs the trial that runs.
 */
import { rmSync } from 'node:fs';
import type { Outcome } from '../../algorithms/index.js';
import { nasBench201Cell } from '../../search-spaces/index.js';
import { FiledSlice } from '../../test/support/filed-slice.js';
import { LoopRun } from '../../testing/loop-run.js';
import { simulatedPlan } from '../../testing/simulated-plan.js';
import { trainClassifier } from '../../training/index.js';
import { MixtureJournal } from './mixture-journal.js';
import { mixtureAlgorithm, mixtureCommon } from './mixture-setting.js';
import type { MixtureSetting } from './mixture-setting.js';

const [results = '', settingText = ''] = process.argv.slice(2);
const setting = JSON.parse(settingText) as MixtureSetting;
const journal = new MixtureJournal(results, setting);
const { channels, cellsPerStage, threads, learningRate, weightDecay, clipNorm, batchSize } = mixtureCommon;
const evaluate = trainClassifier({
  ...{ dataset: 'cifar-10', augmentation: { policy: 'cropAndFlip' }, threads, batchSize },
  ...{
    trainingExamples: setting.trainingExamples,
    validationExamples: mixtureCommon.validationExamples,
  },
  ...{ learningRate, weightDecay, clipNorm, momentum: 0.9, nesterov: false, schedule: 'cosine' },
  network: (cell) => ({ builder: 'nasBench201', channels, cellsPerStage, cell }),
});
const plan = simulatedPlan(mixtureAlgorithm(setting), nasBench201Cell, {
  ...{ name: setting.kind, seed: setting.seed, metrics: { accuracy: 'maximize' } },
});
const run = new LoopRun(plan);
const known = new Map(journal.lines().map((line) => [line.index, line]));

for (let trial = run.next(); trial !== null; trial = run.next()) {
  const { index, slice, continues } = trial;
  if (slice === undefined) throw new Error('A trial of the search is no slice.');
  let line = known.get(index);
  if (line === undefined) {
    const before = continues === undefined ? null : (known.get(continues)?.saved ?? null);
    const filed = new FiledSlice(index, slice, before, {
      ...{ folder: journal.folder, space: nasBench201Cell, genome: trial.genome },
      seed: setting.seed.toString(16).padStart(16, '0'),
    });
    const used = process.cpuUsage();
    const result = await evaluate({}, filed);
    if ('infeasible' in result) throw new Error('A trial of the search was not evaluated.');
    const { user, system } = process.cpuUsage(used);
    const seconds = (user + system) / 1e6 / threads;
    const saved = slice.kind === 'mix' ? filed.latest : null;
    const values = [...filed.handedBack];
    const { accuracy = Number.NaN } = result;
    line = { index, kind: slice.kind, genome: [...trial.genome], values, accuracy, seconds, saved };
    journal.add(line);
    known.set(index, line);
    // The checkpoint that the trial went on from is needed no more once its own line is there.
    if (slice.kind === 'mix' && before !== null) rmSync(before.path, { force: true });
    console.log(JSON.stringify({ kind: 'trial', index, accuracy, seconds }));
  }
  const outcome: Outcome = {
    ...{ kind: 'scored', metrics: { accuracy: line.accuracy } },
    ...(line.values.length === 0 ? {} : { values: line.values }),
  };
  run.complete(trial, outcome);
}
console.log(JSON.stringify({ kind: 'done' }));
