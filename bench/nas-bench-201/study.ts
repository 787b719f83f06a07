import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { TableObjectives } from '../../evaluation/tables/table-objectives.js';
import type { TableObjective } from '../../evaluation/tables/table-objective.js';
import { random, regularizedEvolution } from '../../algorithms/index.js';
import type { AlgorithmReference, Outcome } from '../../algorithms/index.js';
import { decode, nasBench201Cell } from '../../search-spaces/index.js';
import {
  defineSearch,
  level,
  nasBench201Table,
  outcomeOf,
  planSearch,
  SearchLoop,
  toDefinition,
  trialSeed,
} from '../../searches/index.js';
import type { Level, SearchContext, SearchDefinition, SearchResult } from '../../searches/index.js';

/** One of the algorithms that are compared. */
export interface Competitor {
  readonly name: string;
  readonly algorithm: AlgorithmReference;
  /** 1: one evaluation after the other, as in the literature. */
  readonly window: number;
}

/** Population and tournament of NAS-Bench-201 (Dong and Yang, ICLR 2020), which has an operation changed at a time. */
const evolution = regularizedEvolution({ populationSize: 10, tournamentSize: 10, mutate: 'local' });

export const competitors: readonly Competitor[] = [
  { name: 'regularizedEvolution', algorithm: evolution, window: 1 },
  { name: 'regularizedEvolution', algorithm: evolution, window: 16 },
  { name: 'random', algorithm: random(), window: 1 },
];

export interface StudySetting {
  /** File of the NAS-Bench-201 table. */
  readonly table: string;
  readonly evaluations: number;
  /** Epochs of the training whose validation accuracy the search sees: 12 or 200. */
  readonly epochs: 12 | 200;
}

/** Final test accuracies over many seeds. */
export interface Summary {
  readonly mean: number;
  readonly standardError: number;
}

/** Searches over the CIFAR-10 table, driven by the plain loop: no server, no activities. */
export class Study {
  private constructor(
    private readonly setting: StudySetting,
    private readonly sha256: string,
    private readonly objective: TableObjective,
  ) {}

  static async open(setting: StudySetting): Promise<Study> {
    const sha256 = createHash('sha256').update(readFileSync(setting.table)).digest('hex');
    const { description } = nasBench201Table(setting.table, { epochs: setting.epochs });
    const table = { kind: 'table', path: setting.table, sha256, description, pure: true } as const;
    return new Study(setting, sha256, await new TableObjectives().load(table));
  }

  /** The search of one competitor and seed, as the engine gets it. */
  definition({ name, algorithm, window }: Competitor, seed: number): SearchDefinition {
    const options = {
      name: `nas-bench-201-${name}-${window}-${seed}`,
      space: nasBench201Cell,
      metrics: { validation: 'maximize', finalTest: 'observe' },
      algorithm,
      window,
      budget: { trials: this.setting.evaluations, concurrency: window },
    } as const;
    return this.definitionOf(level(options), seed);
  }

  /** The search of one level or several nested ones. */
  definitionOf(levels: Level | readonly [Level, ...Level[]], seed: number): SearchDefinition {
    const { table, epochs } = this.setting;
    const all: readonly [Level, ...Level[]] = 'kind' in levels ? [levels] : levels;
    const { name } = all[0].options;
    const evaluate = nasBench201Table(table, { epochs });
    return toDefinition(defineSearch({ name, levels: all, seed, evaluate }), undefined, (path) => ({
      path,
      sha256: this.sha256,
    }));
  }

  /** Runs a search to its end; a trial that has an inner search is evaluated by running that one. */
  search(definition: SearchDefinition, levelIndex = 0, context: SearchContext = {}): SearchResult {
    const plan = planSearch(definition.name, definition, levelIndex, context);
    const loop = SearchLoop.open(plan);
    for (;;) {
      const step = loop.step();
      if (step.kind === 'end') return loop.report.result(step.reason);
      if (step.kind !== 'start') throw new Error(`The search stands still: ${JSON.stringify(step)}.`);
      const { trial } = step.open;
      if (plan.inner !== undefined) {
        const parameters = decode(plan.level.space, trial.genome);
        const inner = this.search(definition, levelIndex + 1, { ...context, [plan.level.name]: parameters });
        const outcome = outcomeOfInner(inner);
        loop.complete(trial.index, {
          outcome,
          inner: { search: inner.search, parameters: { [plan.inner.name]: inner.best?.parameters ?? null } },
        });
        loop.drainRecords();
        continue;
      }
      const answer = this.objective.answer(
        { parameters: decode(plan.level.space, trial.genome), context: {}, seed: trialSeed(plan, trial) },
        ['validation'],
      );
      loop.complete(trial.index, { outcome: outcomeOf(plan.level.metrics, answer) });
      // These searches have no journal that would take the records.
      loop.drainRecords();
    }
  }
}

function outcomeOfInner({ best, search, cost }: SearchResult): Outcome {
  return best === null
    ? { kind: 'infeasible', reason: `the search ${search} found nothing`, cost }
    : { kind: 'scored', metrics: best.metrics, cost };
}

/** Test accuracy, after 200 epochs, of the cell with the best validation accuracy. */
export function finalTestOf({ best, search }: SearchResult): number {
  const accuracy = best?.metrics['finalTest'];
  if (accuracy === undefined) throw new Error(`The search ${search} has found no cell.`);
  return accuracy;
}

export function summaryOf(values: readonly number[]): Summary {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  return { mean, standardError: Math.sqrt(squares / (values.length - 1) / values.length) };
}
