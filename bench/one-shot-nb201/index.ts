import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openDataSet, trainingProcessEnvironment } from '../../training/index.js';
import { compiledProgram, programFolder } from '../compiled-program.js';
import { readTable } from '../nas-bench-201/options.js';
import { LineProcess } from '../training/line-process.js';
import { armName } from './arm.js';
import type { ArmSetting } from './arm.js';
import { ArmFiles } from './arm-files.js';
import { CellTable } from './cell-table.js';
import { MixtureJournal } from './mixture-journal.js';
import { mixtureOutcome } from './mixture-outcome.js';
import { mixtureName } from './mixture-setting.js';
import { readOptions } from './options.js';
import type { BenchOptions } from './options.js';
import { mean, outcomeOfArm, rounded } from './outcome.js';
import type { ArmOutcome, Chosen } from './outcome.js';

/**
 * Supernetworks of the NAS-Bench-201 cell on CIFAR-10: trained on uniform or strictly fair paths, or on those of
 * the controller of ENAS, for some minutes, ranked against the table on the way, then searched; and differentiable
 * searches, DARTS and GDAS, whose stop rules are read off the journal of the one undisturbed run. One JSON line for each arm
 * (paths and seed), one for each kind of paths, and one that names the arms that are missing. `--minutes N` (20),
 * `--cells N` (300), `--epochs N` (50) and `--examples N` (5,120) of differentiable searches, `--seeds N` (2),
 * `--paths uniform,fair,enas,darts,gdas`, `--results FOLDER`, `--table FILE`, `--report`, `--quick`. Answers 1 while arms
 * are missing.
 */
export async function run(benchArguments: readonly string[]): Promise<number> {
  const options = readOptions(benchArguments);
  const table = await CellTable.open(readTable(benchArguments));
  if (!options.onlyReport) {
    await trainMissing(options);
    await runMixtures(options);
  }
  const found: { readonly setting: ArmSetting; readonly outcome: ArmOutcome }[] = [];
  const missing: string[] = [];
  for (const setting of options.arms) {
    const result = new ArmFiles(options.results, setting).result();
    if (result === null) {
      missing.push(armName(setting));
      continue;
    }
    const outcome = outcomeOfArm(result, (cell) => table.accuracyOf(cell));
    found.push({ setting, outcome });
    const { paths, seed, minutes, cells } = setting;
    const { steps, seconds, clockSeconds, scoreSeconds } = result;
    const measured = {
      ...{ steps, minutesTrained: rounded(seconds / 60, 2) },
      ...{ clockMinutes: rounded(clockSeconds / 60, 2), scoreClockMinutes: rounded(scoreSeconds / 60, 2) },
    };
    console.log(
      JSON.stringify({ bench: 'one-shot-nb201', paths, seed, minutes, cells, ...measured, ...outcome }),
    );
  }
  for (const paths of new Set(found.map(({ setting }) => setting.paths))) {
    const outcomes = found.filter(({ setting }) => setting.paths === paths).map(({ outcome }) => outcome);
    console.log(JSON.stringify({ bench: 'one-shot-nb201', paths, ...meansOf(outcomes) }));
  }
  const searched = options.mixtures.flatMap((setting) => {
    const lines = new MixtureJournal(options.results, setting).lines();
    if (lines.at(-1)?.kind === 'evaluate')
      return [{ setting, outcome: mixtureOutcome(setting, lines, (cell) => table.accuracyOf(cell)) }];
    missing.push(mixtureName(setting));
    return [];
  });
  for (const { setting, outcome } of searched)
    console.log(JSON.stringify({ bench: 'one-shot-nb201', ...setting, ...outcome }));
  const finished = found.length + searched.length;
  console.log(JSON.stringify({ bench: 'one-shot-nb201', finished, missing }));
  return missing.length === 0 ? 0 : 1;
}

function meansOf(outcomes: readonly ArmOutcome[]): Readonly<Record<string, number>> {
  const meanOf = (read: (outcome: ArmOutcome) => number): number => rounded(mean(outcomes.map(read)), 3);
  return {
    seeds: outcomes.length,
    ...means(
      'evolution',
      outcomes.flatMap((outcome) => ('evolution' in outcome ? [outcome.evolution] : [])),
    ),
    ...means(
      'enas',
      outcomes.flatMap((outcome) => ('enas' in outcome ? [outcome.enas] : [])),
    ),
    random: meanOf(({ random }) => random.derived),
    randomTenBest: meanOf(({ random }) => random.tenBest),
    spearman: meanOf(({ correlations }) => correlations.at(-1)?.spearman ?? 0),
    kendall: meanOf(({ correlations }) => correlations.at(-1)?.kendall ?? 0),
  };
}

/** Means of what one way of choosing led to, nothing where it chose nothing. */
function means(name: string, chosen: readonly Chosen[]): Readonly<Record<string, number>> {
  if (chosen.length === 0) return {};
  return {
    [name]: rounded(mean(chosen.map(({ derived }) => derived)), 3),
    [`${name}TenBest`]: rounded(mean(chosen.map(({ tenBest }) => tenBest)), 3),
  };
}

/** Trains supernetworks on paths one after the other; see `runPrograms`. */
async function trainMissing({ arms, results }: BenchOptions): Promise<void> {
  const missing = arms.filter((setting) => new ArmFiles(results, setting).result() === null);
  await runPrograms(
    './arm-process.ts',
    missing.map((setting) => ({ name: armName(setting), setting })),
    results,
  );
}

/** Runs differentiable searches one after the other; see `runPrograms`. */
async function runMixtures({ mixtures, results }: BenchOptions): Promise<void> {
  const missing = mixtures.filter(
    (setting) => new MixtureJournal(results, setting).lines().at(-1)?.kind !== 'evaluate',
  );
  await runPrograms(
    './mixture-process.ts',
    missing.map((setting) => ({ name: mixtureName(setting), setting })),
    results,
  );
}

/** Runs a program for each arm, each in a process of its own; one that fails leaves the others to be run. */
async function runPrograms(
  source: string,
  missing: readonly { readonly name: string; readonly setting: object }[],
  results: string,
): Promise<void> {
  if (missing.length === 0) return;
  // Fetched and decoded here, because the compiled program of an arm cannot start the program that fetches.
  await openDataSet('cifar-10');
  const folder = await programFolder();
  let running: LineProcess | null = null;
  let isEnded = false;
  const interrupted = new Promise<never>((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () =>
        reject(new Error(`The bench was ended by ${signal}; run it again to go on.`)),
      );
  });
  const trained = async (): Promise<void> => {
    const program = await compiledProgram(fileURLToPath(new URL(source, import.meta.url)), folder);
    for (const { name, setting } of missing) {
      if (isEnded) return;
      const programArguments = [program, results, JSON.stringify(setting)];
      running = new LineProcess(name, process.execPath, programArguments, trainingProcessEnvironment);
      try {
        await follow(name, running);
      } catch (error) {
        if (!isEnded) console.error(error instanceof Error ? error.message : error);
      } finally {
        await running.stop();
      }
    }
  };
  try {
    await Promise.race([trained(), interrupted]);
  } finally {
    isEnded = true;
    await (running as LineProcess | null)?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Says what an arm does until it is done. */
async function follow(name: string, arm: LineProcess): Promise<void> {
  for (;;) {
    const line = (await arm.answer()) as { readonly kind: string };
    console.error(`${name}: ${JSON.stringify(line)}`);
    if (line.kind === 'done') return;
  }
}
