import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Outcome } from '../algorithms/contract/index.js';
import type { Json } from '../foundation/json/index.js';
import type { TrialEvaluator } from '../searches/definition/index.js';
import { evaluatedPoint } from '../searches/loop/index.js';
import type { EvaluateFunction } from '../searches/search-files/index.js';
import type { ArtifactStore } from '../storage/index.js';
import type {
  EvaluateResult,
  LightEvaluateInput,
  LoadedSetting,
  LoadedSettings,
} from '../evaluation/index.js';
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

/** How the function of a light evaluation ended. */
interface LightEnd {
  readonly outcome: Outcome;
  readonly stack: string | null;
  /** Whether its time was over. */
  readonly timed: boolean;
}

/** The activity `evaluateLight`: functions of milliseconds and tables, answered inside the worker. */
export class EvaluateLightActivity {
  constructor(
    private readonly artifacts: ArtifactStore,
    private readonly settings: LoadedSettings,
    private readonly modules: SearchModules,
    private readonly tables: TableObjectives,
  ) {}

  async evaluate(input: LightEvaluateInput): Promise<EvaluateResult> {
    const setting = this.settings.cached(input.address) ?? (await this.settings.load(input.address));
    const evaluator = lightEvaluator(setting);
    let point: Json;
    try {
      point = setting.decode(input.genome);
    } catch (error) {
      const { message } = describeThrown(error);
      return {
        kind: 'finished',
        outcome: failure('BadInput', `The genome does not belong to the space: ${message}`),
      };
    }
    const { parameters, context } = evaluatedPoint(setting.level, point, setting.context);
    const reports = new TrialReports(setting.metricNames, input.gate, input.until);
    const trial = new LightTrial(
      input.index,
      () => setting.seed(input),
      context,
      Context.current().cancellationSignal,
      input.until,
      reports,
      this.artifacts,
      setting.limits,
    );
    const end = await this.run(evaluator, setting, parameters, trial);
    return this.result(input, parameters, trial, end);
  }

  private async run(
    evaluator: LightEvaluator,
    setting: LoadedSetting,
    parameters: Json,
    trial: LightTrial,
  ): Promise<LightEnd> {
    try {
      const evaluate =
        evaluator.kind === 'table'
          ? tableFunction(this.tables.cached(evaluator) ?? (await this.tables.load(evaluator)), setting)
          : evaluateFunction(
              this.modules.cached(evaluator.bundle) ?? (await this.modules.load(evaluator.bundle)),
              evaluator.function,
            );
      const value = evaluate(parameters, trial);
      const returned = value instanceof Promise ? await withHeartbeats(withLimit(value, setting)) : value;
      if (returned === overdue) {
        const seconds = (limitOf(setting) ?? 0) / 1000;
        const outcome = failure('Timeout', `The evaluation took longer than its limit of ${seconds} s.`);
        return { outcome, stack: null, timed: true };
      }
      const outcome = outcomeOfValue(returned, setting.level.metrics, trial.reports);
      return { outcome, stack: null, timed: false };
    } catch (error) {
      const thrown = describeThrown(error);
      return { outcome: outcomeOfError(thrown), stack: thrown.stack, timed: false };
    }
  }

  // Most light trials leave nothing but their outcome: those need no record.
  private async result(
    { search, index }: LightEvaluateInput,
    parameters: Json,
    trial: LightTrial,
    { outcome, stack, timed }: LightEnd,
  ): Promise<EvaluateResult> {
    const { left } = trial;
    const late = timed ? { timed } : {};
    if (left === null && stack === null) return { kind: 'finished', outcome, ...late };
    const record = await storeTrialRecord(this.artifacts, {
      search,
      index,
      seed: trial.seed,
      attempt: trial.attempt,
      parameters,
      outcome,
      reports: trial.reports.list(),
      attributes: left?.attributes ?? {},
      artifacts: left?.artifacts ?? {},
      log: left?.log.tail() ?? { lines: [], dropped: 0 },
      stack,
    });
    return { kind: 'finished', outcome, record, ...late };
  }
}

/** An evaluator whose answers take milliseconds, inside the worker. */
type LightEvaluator = Extract<TrialEvaluator, { readonly kind: 'function' | 'table' }>;

function lightEvaluator({ definition: { evaluator } }: LoadedSetting): LightEvaluator {
  if (evaluator.kind === 'function' || evaluator.kind === 'table') return evaluator;
  throw ApplicationFailure.nonRetryable(
    `A ${evaluator.kind} cannot be evaluated inside the worker.`,
    'BadInput',
  );
}

/** A table as the function that answers from it. */
function tableFunction(table: TableObjective, { level }: LoadedSetting): EvaluateFunction {
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

function limitOf(setting: LoadedSetting): number | undefined {
  const { attempt, trial } = setting.level.timeout;
  if (attempt === undefined) return trial;
  return trial === undefined ? attempt : Math.min(attempt, trial);
}

// The limit ends waiting alone: a function that computes without end blocks the worker it runs in.
async function withLimit(value: Promise<unknown>, setting: LoadedSetting): Promise<unknown> {
  const limit = limitOf(setting);
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
