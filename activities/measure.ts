import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { FailureClass, Metrics } from '../algorithms/contract/index.js';
import { unreachable } from '../foundation/errors/index.js';
import { isPlainObject, type Json } from '../foundation/json/index.js';
import type { LoadedSetting, LoadedSettings, MeasureInput } from '../evaluation/index.js';
import {
  type CommandProcess,
  describeThrown,
  parseJsonLine,
  type ProcessExit,
  type ProcessPool,
} from '../evaluation/processes/index.js';
import type { SearchModules } from '../evaluation/inside/index.js';
import type { TableAnswer, TableObjectives } from '../evaluation/tables/index.js';
import { measuredMetrics, TrialLog } from '../evaluation/trial/index.js';
import type { Evaluator, LevelDefinition } from '../searches/definition/index.js';
import { withHeartbeats } from './heartbeats.js';

type MeasureOfKind<Kind extends Evaluator['kind']> = Extract<Evaluator, { readonly kind: Kind }>;

/** What a measure gets: the level's parameters, the context and the best trial of the inner search. */
interface MeasureQuestion {
  readonly context: LoadedSetting['context'];
  readonly parameters: Json;
  readonly inner: MeasureInput['inner'];
}

/** The activity `measure`: a level's own metrics for the best trial of its inner search. */
export class MeasureActivity {
  constructor(
    private readonly settings: LoadedSettings,
    private readonly modules: SearchModules,
    private readonly tables: TableObjectives,
    private readonly pool: ProcessPool,
    private readonly projectRoot: string,
  ) {}

  async measure({ address, genome, inner }: MeasureInput): Promise<Metrics> {
    const { level, ownContext: context, decode } = await this.settings.load(address);
    const question: MeasureQuestion = { context, parameters: decode(genome), inner };
    const value = await this.answer(level, question);
    try {
      return measuredMetrics(value, level.metrics, level.name);
    } catch (error) {
      throw bug(describeThrown(error).message, error);
    }
  }

  private async answer(level: LevelDefinition, question: MeasureQuestion): Promise<unknown> {
    const { measure, name } = level;
    if (measure === undefined) throw bug(`Level "${name}" has no measure.`);
    switch (measure.kind) {
      case 'function':
        return this.byFunction(measure, level, question);
      case 'command':
        return this.byCommand(measure.command, level, question);
      case 'table':
        return this.byTable(measure, level, question);
      case 'activity':
      case 'workflow':
        throw bug(`A measure of kind "${measure.kind}" is called by its own name.`);
      default:
        return unreachable(measure, 'evaluator');
    }
  }

  private async byFunction(
    { bundle }: MeasureOfKind<'function'>,
    level: LevelDefinition,
    { context, parameters, inner }: MeasureQuestion,
  ): Promise<unknown> {
    try {
      const { functions } = this.modules.cached(bundle) ?? (await this.modules.load(bundle));
      const own = functions.measures[level.name];
      if (own === undefined) throw new Error(`The search file has no measure for level "${level.name}".`);
      return await own(context, parameters, inner);
    } catch (error) {
      const { name, message } = describeThrown(error);
      throw bug(`The measure of level "${level.name}" failed: ${name}: ${message}`, error);
    }
  }

  private async byTable(
    measure: MeasureOfKind<'table'>,
    level: LevelDefinition,
    { context, parameters, inner }: MeasureQuestion,
  ): Promise<Metrics> {
    let answer: TableAnswer;
    try {
      const table = this.tables.cached(measure) ?? (await this.tables.load(measure));
      const names = level.metrics.map(({ name }) => name);
      const given = { metrics: { ...inner.metrics }, parameters: inner.parameters };
      // A measure has no seed of its own: whatever the trial, it reads the same of several seeded columns.
      const question = { parameters, context, inner: given, seed: '0' };
      answer = table.answer(question, intersection(names, Object.keys(measure.description.metrics)));
    } catch (error) {
      throw failureOf('BadInput', describeThrown(error).message, error);
    }
    if ('infeasible' in answer) {
      throw failureOf('InvalidArchitecture', `The measure of level "${level.name}": ${answer.infeasible}`);
    }
    return answer.metrics;
  }

  // Answers the last line of metrics that the command printed; null without one.
  private async byCommand(
    command: string,
    level: LevelDefinition,
    question: MeasureQuestion,
  ): Promise<unknown> {
    const { cancellationSignal, cancelled } = Context.current();
    const slot = await this.pool.acquire(null, cancellationSignal);
    const log = new TrialLog();
    let final: unknown = null;
    const process = slot.command(command, this.projectRoot, { DURAMEN_LEVEL: level.name });
    process.onOutput((stream, line) => {
      const message = stream === 'out' ? parseJsonLine(line) : undefined;
      if (isPlainObject(message) && isPlainObject(message['metrics'])) final = message;
      else log.add(line);
    });
    process.write(JSON.stringify(question));
    try {
      const { exit, overdue } = await exitWithin(process, level.timeout.attempt, cancellationSignal);
      if (cancellationSignal.aborted) await cancelled;
      if (overdue) {
        const seconds = (level.timeout.attempt ?? 0) / 1000;
        throw bug(`The measure of level "${level.name}" took longer than ${seconds} s and was ended.`);
      }
      refuseBadExit(exit, level.name, log);
      return final;
    } finally {
      slot.release(false);
    }
  }
}

/** Waits for a process with heartbeats; ends it when the activity is cancelled or the limit, in milliseconds, is over. */
async function exitWithin(
  process: CommandProcess,
  limit: number | undefined,
  cancellation: AbortSignal,
): Promise<{ readonly exit: ProcessExit; readonly overdue: boolean }> {
  let overdue = false;
  const kill = (): void => process.kill();
  cancellation.addEventListener('abort', kill);
  // Longer timers would fire at once.
  const timer =
    limit === undefined || limit >= 2 ** 31
      ? undefined
      : setTimeout(() => {
          overdue = true;
          process.kill();
        }, limit);
  try {
    const exit = await withHeartbeats(process.exited);
    return { exit, overdue };
  } finally {
    clearTimeout(timer);
    cancellation.removeEventListener('abort', kill);
  }
}

function refuseBadExit({ code, outOfMemory }: ProcessExit, level: string, log: TrialLog): void {
  if (code === null && outOfMemory === null) {
    throw ApplicationFailure.create({
      type: 'Preempted',
      message: `The measure of level "${level}" was lost.`,
    });
  }
  if (code === 0) return;
  const last = log.tail().lines.findLast((line) => line.trim() !== '') ?? 'it printed nothing';
  throw bug(`The measure of level "${level}" exited with code ${code}: ${outOfMemory ?? last}`);
}

function intersection(names: readonly string[], others: readonly string[]): readonly string[] {
  return names.filter((name) => others.includes(name));
}

function bug(message: string, cause?: unknown): ApplicationFailure {
  return failureOf('Bug', message, cause);
}

function failureOf(type: FailureClass, message: string, cause?: unknown): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    nonRetryable: true,
    message: message.replace(/\s+/g, ' ').trim(),
    ...(cause instanceof Error ? { cause } : {}),
  });
}
