import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { FailureClass, Metrics } from '../algorithms/contract/index.js';
import { isPlainObject } from '../foundation/json/index.js';
import type { MeasureInput, SearchPlaces } from '../evaluation/index.js';
import { describeThrown, parseJsonLine, type ProcessPool } from '../evaluation/processes/index.js';
import type { SearchModules } from '../evaluation/inside/index.js';
import type { TableAnswer, TableObjectives } from '../evaluation/tables/index.js';
import { measuredMetrics, TrialLog } from '../evaluation/trial/index.js';

/** The activity `measure`: a level's own metrics for the best trial of its inner search. */
export class Measure {
  constructor(
    private readonly places: SearchPlaces,
    private readonly modules: SearchModules,
    private readonly tables: TableObjectives,
    private readonly pool: ProcessPool,
    private readonly projectRoot: string,
  ) {}

  async measure(input: MeasureInput): Promise<Metrics> {
    const { level, address, decode } = await this.places.load(input.address);
    const { measure } = level;
    if (measure === undefined) throw bug(`Level "${level.name}" has no measure.`);
    const parameters = decode(input.genome);
    switch (measure.kind) {
      case 'function': {
        let value: unknown;
        try {
          const { functions } =
            this.modules.cached(measure.bundle) ?? (await this.modules.load(measure.bundle));
          const own = functions.measures[level.name];
          if (own === undefined) throw new Error(`The search file has no measure for level "${level.name}".`);
          value = await own(address.context, parameters, input.inner);
        } catch (error) {
          const { name, message } = describeThrown(error);
          throw bug(`The measure of level "${level.name}" failed: ${name}: ${message}`, error);
        }
        return this.checked(value, level.metrics, level.name);
      }
      case 'command': {
        const given = JSON.stringify({ context: address.context, parameters, inner: input.inner });
        return this.checked(await this.command(measure.command, given, level), level.metrics, level.name);
      }
      case 'table': {
        const { metrics, parameters: inside } = input.inner;
        const inner = { metrics: { ...metrics }, parameters: inside };
        let answer: TableAnswer;
        try {
          const table = this.tables.cached(measure) ?? (await this.tables.load(measure));
          const names = level.metrics.map(({ name }) => name);
          // A measure has no seed of its own: every repetition reads the same column.
          const question = { parameters, context: address.context, inner, seed: '0' };
          answer = table.answer(question, intersection(names, Object.keys(measure.description.metrics)));
        } catch (error) {
          throw failureOf('BadInput', describeThrown(error).message, error);
        }
        if ('infeasible' in answer) {
          throw failureOf(
            'InvalidArchitecture',
            `The measure of level "${level.name}": ${answer.infeasible}`,
          );
        }
        return this.checked(answer.metrics, level.metrics, level.name);
      }
      case 'activity':
      case 'workflow':
        throw bug(`A measure of kind "${measure.kind}" is called by its own name.`);
      default: {
        const never: never = measure;
        throw new Error(`Unknown evaluator ${JSON.stringify(never)}.`);
      }
    }
  }

  private checked(value: unknown, declared: Parameters<typeof measuredMetrics>[1], level: string): Metrics {
    try {
      return measuredMetrics(value, declared, level);
    } catch (error) {
      throw bug(describeThrown(error).message, error);
    }
  }

  private async command(
    command: string,
    given: string,
    level: { readonly name: string; readonly timeout: { readonly attempt?: number } },
  ): Promise<unknown> {
    const context = Context.current();
    const slot = await this.pool.acquire(null, context.cancellationSignal);
    const log = new TrialLog();
    let final: unknown = null;
    let overdue = false;
    const process = slot.command(command, this.projectRoot, { DURAMEN_LEVEL: level.name });
    process.onOutput((stream, line) => {
      const message = stream === 'out' ? parseJsonLine(line) : undefined;
      if (isPlainObject(message) && isPlainObject(message['metrics'])) final = message;
      else log.add(line);
    });
    process.write(given);
    const heartbeat = setInterval(() => context.heartbeat(), 1_000);
    const kill = (): void => process.kill();
    context.cancellationSignal.addEventListener('abort', kill);
    const limit = level.timeout.attempt;
    const timer =
      limit === undefined || limit >= 2 ** 31
        ? undefined
        : setTimeout(() => {
            overdue = true;
            process.kill();
          }, limit);
    try {
      const exit = await process.exited;
      if (context.cancellationSignal.aborted) await context.cancelled;
      if (overdue)
        throw bug(
          `The measure of level "${level.name}" took longer than ${(limit ?? 0) / 1000} s and was ended.`,
        );
      if (exit.code === null && exit.outOfMemory === null) {
        throw ApplicationFailure.create({
          type: 'Preempted',
          message: `The measure of level "${level.name}" was lost.`,
        });
      }
      if (exit.code !== 0) {
        const last = log.tail().lines.findLast((line) => line.trim() !== '') ?? 'it printed nothing';
        throw bug(
          `The measure of level "${level.name}" exited with code ${exit.code}: ${exit.outOfMemory ?? last}`,
        );
      }
      return final;
    } finally {
      clearInterval(heartbeat);
      clearTimeout(timer);
      context.cancellationSignal.removeEventListener('abort', kill);
      slot.release(false);
    }
  }
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
