import { runDurably } from './engine.js';
import { readCount } from '../count-option.js';
import { optimum, readTable, round } from './options.js';
import { competitors, finalTestOf, Study, summaryOf } from './study.js';

/**
 * Regularised evolution beside random search on the CIFAR-10 table of NAS-Bench-201: one JSON line for each competitor
 * and signal with the test accuracy, after 200 epochs, of the cell with the best validation accuracy; one more for
 * each competitor, whose first seed the real engine searches too: it has to take the same decisions.
 * `--seeds N` (500), `--evaluations N` (300), `--table FILE`, `--no-engine`.
 */
export async function run(benchArguments: readonly string[]): Promise<void> {
  const seeds = readCount(benchArguments, '--seeds', 500, 2);
  const evaluations = readCount(benchArguments, '--evaluations', 300, 1);
  const table = readTable(benchArguments);
  for (const epochs of [12, 200] as const) {
    const study = await Study.open({ table, evaluations, epochs });
    const first: { readonly name: string; readonly window: number; readonly hash: string }[] = [];
    for (const competitor of competitors) {
      const { name, window } = competitor;
      const start = performance.now();
      const results = Array.from({ length: seeds }, (_, seed) =>
        study.search(study.definition(competitor, seed)),
      );
      const seconds = (performance.now() - start) / 1000;
      const { mean, standardError } = summaryOf(results.map(finalTestOf));
      const line = {
        bench: 'nas-bench-201',
        signal: `validation accuracy after ${epochs} epochs`,
        algorithm: name,
        window,
        seeds,
        evaluations,
        finalTestAccuracy: round(mean, 3),
        meanRegret: round(optimum - mean, 3),
        standardError: round(standardError, 3),
        validation: round(summaryOf(results.map(({ best }) => best?.metrics['validation'] ?? NaN)).mean, 3),
        optimum: optimum,
        evaluationsPerSecond: Math.round((seeds * evaluations) / seconds),
      };
      console.log(JSON.stringify(line));
      first.push({ name, window, hash: results[0]?.trajectoryHash ?? '' });
    }
    // The engine treats both signals alike, so one of them shows as much as both.
    if (epochs !== 12 || benchArguments.includes('--no-engine')) continue;
    const durable = await runDurably(competitors.map((competitor) => study.definition(competitor, 0)));
    for (const [place, { result, seconds }] of durable.entries()) {
      const plain = first[place];
      if (plain === undefined || plain.hash !== result.trajectoryHash) {
        throw new Error(
          `The engine took other decisions than the plain loop (${plain?.name ?? ''}): trajectory hash ` +
            `${result.trajectoryHash}, not ${plain?.hash ?? ''}.`,
        );
      }
      const line = {
        bench: 'nas-bench-201',
        engine: 'same trajectory as the plain loop',
        algorithm: plain.name,
        window: plain.window,
        seed: 0,
        trajectoryHash: result.trajectoryHash,
        trialsPerSecond: round(result.trials / seconds, 1),
      };
      console.log(JSON.stringify(line));
    }
  }
}
