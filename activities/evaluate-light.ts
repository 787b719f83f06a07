import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Outcome } from '../algorithms/contract/index.js';
import type { EvaluateFunction } from '../searches/search-files/index.js';
import type { ArtifactStore } from '../storage/index.js';
import type { EvaluateResult, LightEvaluateInput, SearchPlace, SearchPlaces } from '../evaluation/index.js';
import { withHeartbeats } from './heartbeats.js';
import {
  failure,
  LightTrial,
  outcomeOfError,
  outcomeOfValue,
  storeTrialRecord,
  TrialReports,
} from '../evaluation/trial/index.js';
import { describeThrown } from '../evaluation/processes/index.js';
import { evaluateFunction, type SearchModules } from '../evaluation/inside/index.js';
import type { TableObjective, TableObjectives } from '../evaluation/tables/index.js';

/** The activity `evaluateLight`: functions of milliseconds and tables, answered inside the worker. */
export class EvaluateLight {
  constructor(
    private readonly artifacts: ArtifactStore,
    private readonly places: SearchPlaces,
    private readonly modules: SearchModules,
    private readonly tables: TableObjectives,
  ) {}

  async evaluate(input: LightEvaluateInput): Promise<EvaluateResult> {
    const place = this.places.cached(input.address) ?? (await this.places.load(input.address));
    const { evaluator } = place.address.definition;
    if (evaluator.kind !== 'function' && evaluator.kind !== 'table') {
      throw ApplicationFailure.nonRetryable(
        `A ${evaluator.kind} cannot be evaluated inside the worker.`,
        'BadInput',
      );
    }
    let parameters;
    try {
      parameters = place.decode(input.genome);
    } catch (error) {
      const { message } = describeThrown(error);
      return {
        kind: 'finished',
        outcome: failure('BadInput', `The genome does not belong to the space: ${message}`),
      };
    }
    const { index, until } = input;
    const reports = new TrialReports(place.metricNames, input.gate, until);
    const signal = Context.current().cancellationSignal;
    const seed = (): string => place.seed(input);
    const trial = new LightTrial(
      index,
      seed,
      place.address.context,
      signal,
      until,
      reports,
      this.artifacts,
      place.limits,
    );
    let outcome: Outcome;
    let stack: string | null = null;
    let timed = false;
    try {
      const evaluate =
        evaluator.kind === 'table'
          ? tableFunction(this.tables.cached(evaluator) ?? (await this.tables.load(evaluator)), place)
          : evaluateFunction(
              this.modules.cached(evaluator.bundle) ?? (await this.modules.load(evaluator.bundle)),
              evaluator.function,
            );
      const value = evaluate(parameters, trial);
      const returned = value instanceof Promise ? await withHeartbeats(withLimit(value, place)) : value;
      timed = returned === overdue;
      outcome = timed
        ? failure(
            'Timeout',
            `The evaluation took longer than its limit of ${(limitOf(place) ?? 0) / 1000} s.`,
          )
        : outcomeOfValue(returned, place.level.metrics, reports);
    } catch (error) {
      const thrown = describeThrown(error);
      outcome = outcomeOfError(thrown);
      stack = thrown.stack;
    }
    const left = trial.left;
    if (left === null && stack === null) {
      return timed ? { kind: 'finished', outcome, timed } : { kind: 'finished', outcome };
    }
    const record = await storeTrialRecord(this.artifacts, {
      search: input.search,
      index,
      seed: trial.seed,
      attempt: trial.attempt,
      parameters,
      outcome,
      reports: reports.list(),
      attributes: left?.attributes ?? {},
      artifacts: left?.artifacts ?? {},
      log: left?.log.tail() ?? { lines: [], dropped: 0 },
      stack,
    });
    return { kind: 'finished', outcome, record, ...(timed ? { timed } : {}) };
  }
}

/** A table as the function that answers from it. */
function tableFunction(table: TableObjective, { level }: SearchPlace): EvaluateFunction {
  const needed = level.metrics.flatMap(({ name, goal }) => (goal === 'observe' ? [] : [name]));
  return (parameters, trial) => {
    const { context, until } = trial;
    const question = {
      parameters,
      context,
      get seed() {
        return trial.seed;
      },
      ...(until === undefined ? {} : { until }),
    };
    return table.answer(question, needed, {
      add: (step, metrics) => trial.report(step, metrics),
      shouldStop: () => trial.shouldStop(),
    });
  };
}

const overdue = Symbol('overdue');

function limitOf(place: SearchPlace): number | undefined {
  const { attempt, trial } = place.level.timeout;
  if (attempt === undefined) return trial;
  return trial === undefined ? attempt : Math.min(attempt, trial);
}

// Only waiting can be cut short here: a function that computes without end blocks the worker it runs in.
async function withLimit(value: Promise<unknown>, place: SearchPlace): Promise<unknown> {
  const limit = limitOf(place);
  if (limit === undefined || limit >= 2 ** 31) return value;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof overdue>((resolve) => {
    timer = setTimeout(() => resolve(overdue), limit);
  });
  try {
    return await Promise.race([value, late]);
  } finally {
    clearTimeout(timer);
  }
}
