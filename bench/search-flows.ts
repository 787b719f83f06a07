import { regularizedEvolution, type AlgorithmReference } from '../algorithms/index.js';
import { nasBench201Cell, type Where } from '../search-spaces/index.js';
import {
  factorised,
  hybrid,
  joint,
  separate,
  type FlowLevel,
  type RunStage,
  type SearchResult,
} from '../searches/index.js';
import { readCount } from './count-option.js';
import { optimum, readTable, round } from './nas-bench-201/options.js';
import { Study, summaryOf } from './nas-bench-201/study.js';

/** The edges into node 3, and those before it. */
const before: Where = { or: [{ path: '[0]' }, { path: '[1]' }, { path: '[2]' }] };
const last: Where = { not: before };

/** Population and tournament of the NAS-Bench-201 paper, smaller where a search is too short for them. */
function evolution(trials: number): AlgorithmReference {
  const size = Math.min(10, Math.max(2, Math.floor(trials / 3)));
  return regularizedEvolution({ populationSize: size, tournamentSize: size, mutate: 'local' });
}

function options(trials: number): FlowLevel {
  return {
    metrics: { validation: 'maximize', finalTest: 'observe' },
    algorithm: evolution(trials),
    window: 1,
    budget: { trials, concurrency: 1 },
  };
}

const flows: Readonly<
  Record<string, (evaluations: number, run: RunStage) => Promise<Readonly<Record<string, number>>>>
> = {
  joint: async (evaluations, run) => metricsOf(await run(joint(nasBench201Cell, options(evaluations)))),
  separate: async (evaluations, run) => {
    const half = options(Math.floor(evaluations / 2));
    return (await separate(nasBench201Cell, [before, last], half, run)).metrics;
  },
  factorised: async (evaluations, run) => {
    const inner = Math.max(1, Math.round(Math.sqrt(evaluations)));
    const levels = factorised(nasBench201Cell, before, {
      outer: options(Math.floor(evaluations / inner)),
      inner: options(inner),
    });
    return metricsOf(await run(levels));
  },
  hybrid: async (evaluations, run) => {
    const quarter = options(Math.floor(evaluations / 4));
    const half = options(Math.floor(evaluations / 2));
    const parts = { separate: quarter, joint: half };
    return (await hybrid(nasBench201Cell, [before, last], parts, run)).metrics;
  },
};

function metricsOf({ best }: SearchResult): Readonly<Record<string, number>> {
  return best?.metrics ?? {};
}

/**
 * Four flows over the CIFAR-10 table of NAS-Bench-201, each with the same number of evaluations and the same algorithm:
 * one search over the whole cell; one over the edges before node 3 and then one over those into it; a search over the
 * former, each of whose trials is a search over the latter; and half of the evaluations separately, half jointly. One
 * JSON line each. `--seeds N` (500), `--evaluations N` (300), `--table FILE`.
 */
export async function run(benchArguments: readonly string[]): Promise<void> {
  const seeds = readCount(benchArguments, '--seeds', 500, 2);
  const evaluations = readCount(benchArguments, '--evaluations', 300, 12);
  const study = await Study.open({ table: readTable(benchArguments), evaluations, epochs: 12 });
  for (const [flow, search] of Object.entries(flows)) {
    const start = performance.now();
    const found: Readonly<Record<string, number>>[] = [];
    for (let seed = 0; seed < seeds; seed += 1) {
      found.push(
        await search(evaluations, (levels) =>
          Promise.resolve(study.search(study.definitionOf(levels, seed))),
        ),
      );
    }
    const { mean, standardError } = summaryOf(found.map(({ finalTest = NaN }) => finalTest));
    const line = {
      bench: 'search-flows',
      signal: 'validation accuracy after 12 epochs',
      flow,
      seeds,
      evaluations,
      finalTestAccuracy: round(mean, 3),
      meanRegret: round(optimum - mean, 3),
      standardError: round(standardError, 3),
      validation: round(summaryOf(found.map(({ validation = NaN }) => validation)).mean, 3),
      seconds: round((performance.now() - start) / 1000, 1),
    };
    console.log(JSON.stringify(line));
  }
}
