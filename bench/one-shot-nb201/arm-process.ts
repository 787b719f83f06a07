/*
 * `node arm-process.mjs FOLDER SETTING`: trains the supernetwork of an arm, or goes on with it, scores random cells on the way,
 * searches by evolution or by a controller and keeps the result in the folder. Prints a line of JSON for what is done.
 */
import { fork, rngFromSeed } from '../../foundation/numbers/index.js';
import { regularizedEvolution } from '../../algorithms/index.js';
import { nasBench201Cell, nasBench201Operations, sample } from '../../search-spaces/index.js';
import { simulate } from '../../testing/index.js';
import { decodeCheckpoint, encodeCheckpoint, openDataSet } from '../../training/index.js';
import { common } from './arm.js';
import type { ArmSetting, Cell, Milestone, ScoredCell } from './arm.js';
import { ArmFiles } from './arm-files.js';
import { CellController } from './cell-controller.js';
import { SharedCells } from './shared-cells.js';

const keepEverySeconds = 60;
const [folder = '', settingText = ''] = process.argv.slice(2);
const setting = JSON.parse(settingText) as ArmSetting;
const files = new ArmFiles(folder, setting);
const cells = new SharedCells(
  await openDataSet('cifar-10', { computation: { threads: common.threads } }),
  setting.paths === 'enas' ? 'uniform' : setting.paths,
  setting.seed,
);
let controller = setting.paths === 'enas' ? new CellController(cells, setting, []) : null;
const randomCells = drawCells(setting.cells);
const limit = 60 * setting.minutes;
const milestones: Milestone[] = [];
let [steps, seconds, clockSeconds, lossSum, scoreSeconds] = [0, 0, 0, 0, 0];

/** Different cells, the same in all arms. */
function drawCells(count: number): readonly Cell[] {
  const drawn = new Map<string, Cell>();
  for (let place = 0; drawn.size < count; place++) {
    const cell = [...sample(nasBench201Cell, fork(rngFromSeed(0), `cell:${place}`))];
    drawn.set(cell.join(''), cell);
  }
  return [...drawn.values()];
}

function tell(line: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify(line));
}

function takeUp(): void {
  const kept = files.progress();
  if (kept === null) return;
  const { progress, weights } = kept;
  cells.write(decodeCheckpoint(weights).state);
  ({ steps, seconds, clockSeconds, scoreSeconds, lossSum } = progress);
  milestones.push(...progress.milestones);
  if (controller !== null) controller = new CellController(cells, setting, progress.rewards ?? []);
  tell({ kind: 'goes on', minutes: seconds / 60, steps });
}

function keep(): void {
  const checkpoint = {
    ...{ content: JSON.stringify(setting), seed: String(setting.seed), step: steps, lossSum, kinds: [] },
    state: cells.read(),
  };
  const rewards = controller === null ? {} : { rewards: controller.rewards() };
  files.keepProgress(
    { steps, seconds, clockSeconds, scoreSeconds, lossSum, milestones, ...rewards },
    encodeCheckpoint(checkpoint),
  );
}

/**
 * Trains until so many seconds of both cores are used up in all, by processor time, so that other work on the machine takes
 * nothing off the training. What is kept on the way is not counted.
 */
async function trainUntil(end: number): Promise<void> {
  while (seconds < end) {
    const stop = Math.min(end, seconds + keepEverySeconds);
    const start = performance.now();
    const used = process.cpuUsage();
    const before = { seconds, clockSeconds };
    while (seconds < stop) {
      steps += 1;
      const share = Math.min(1, seconds / limit);
      lossSum += await cells.train(steps, share, controller?.cellOf(steps, share));
      await controller?.afterStep(steps, share);
      const { user, system } = process.cpuUsage(used);
      seconds = before.seconds + (user + system) / 1e6 / common.threads;
    }
    clockSeconds = before.clockSeconds + (performance.now() - start) / 1000;
    keep();
  }
}

async function scoreRandomCells(): Promise<void> {
  const start = performance.now();
  const accuracies: number[] = [];
  for (const cell of randomCells) accuracies.push(await cells.accuracyOf(cell));
  // A first step may take longer than the time to a milestone.
  const since = Math.max(1, steps - (milestones.at(-1)?.steps ?? 0));
  milestones.push({ minutes: seconds / 60, steps, loss: lossSum / since, accuracies });
  lossSum = 0;
  scoreSeconds += (performance.now() - start) / 1000;
  keep();
  tell({ kind: 'milestone', minutes: seconds / 60, steps });
}

/** As many evaluations as there are random cells; a cell that comes again is not scored again. */
async function evolve(): Promise<readonly ScoredCell[]> {
  const scored = new Map<string, ScoredCell>();
  const populationSize = Math.max(5, Math.floor(setting.cells / 6));
  const algorithm = regularizedEvolution({
    ...{ populationSize, tournamentSize: Math.min(10, populationSize), mutate: 'local' },
  });
  await simulate(
    algorithm,
    nasBench201Cell,
    async (operations) => {
      const cell = operations.map((operation) => nasBench201Operations.indexOf(operation));
      const key = cell.join('');
      const known = scored.get(key) ?? { cell, accuracy: await cells.accuracyOf(cell) };
      scored.set(key, known);
      return known.accuracy;
    },
    { name: 'one-shot-nb201', seed: setting.seed, trials: setting.cells, window: 1, concurrency: 1 },
  );
  return [...scored.values()];
}

takeUp();
for (let place = milestones.length + 1; place <= common.milestones; place++) {
  await trainUntil((limit * place) / common.milestones);
  await scoreRandomCells();
}
const start = performance.now();
const found =
  controller === null
    ? { evolution: [...(await evolve())] }
    : { derivation: [...(await controller.derive())], policy: controller.figures() };
scoreSeconds += (performance.now() - start) / 1000;
files.keepResult({
  ...{ setting, steps, seconds, clockSeconds, scoreSeconds, milestones },
  randomCells: randomCells.map((cell) => [...cell]),
  ...found,
});
tell({ kind: 'done' });
