import type { Outcome, Trial } from '../../algorithms/index.js';
import { sha256Hex } from '../../foundation/numbers/index.js';
import type { Json } from '../../foundation/json/index.js';
import { decode } from '../../search-spaces/index.js';
import {
  planSearch,
  SearchLoop,
  type EndReason,
  type SearchDefinition,
  type SearchResult,
} from '../../searches/index.js';

/**
 * Runs a search without Temporal: drives the loop to its end, one trial at a time. A durable run must come to the same
 * result, whatever happens to it.
 */
export function simulate(
  definition: SearchDefinition,
  evaluate: (parameters: Json, trial: Trial) => Outcome,
  options: SimulationOptions = {},
): SearchResult {
  const { loop, reason } = simulatedLoop(definition, evaluate, options);
  return loop.report.result(reason);
}

export interface SimulationOptions {
  readonly trials?: number;
  readonly level?: number;
  readonly context?: Record<string, Json>;
}

/** As `simulate`, but returns the loop, for tests that read its state at the end. */
export function simulatedLoop(
  definition: SearchDefinition,
  evaluate: (parameters: Json, trial: Trial) => Outcome,
  options: SimulationOptions = {},
): { readonly loop: SearchLoop; readonly reason: EndReason } {
  const level = options.level ?? 0;
  const plan = planSearch(definition.name, definition, level, options.context ?? {});
  const loop = SearchLoop.open(plan);
  if (options.trials !== undefined) loop.intervene({ kind: 'extend', budget: { trials: options.trials } });
  for (;;) {
    const step = loop.step();
    switch (step.kind) {
      case 'start': {
        const { trial } = step.open;
        loop.complete(trial.index, { outcome: evaluate(decode(plan.level.space, trial.genome), trial) });
        break;
      }
      case 'update': {
        const computed = plan.algorithm.computeUpdate?.(bulkOf(step.request.bulk), step.request.input);
        if (computed === undefined) throw new Error('The algorithm has no updates.');
        loop.applyUpdate({ bulk: keepBulk(computed.bulk), output: computed.output });
        break;
      }
      case 'breathe':
        break;
      case 'end':
        return { loop, reason: step.reason };
      case 'idle':
      case 'failed':
        throw new Error(`The simulated search stands still: ${JSON.stringify(step)}`);
    }
  }
}

const bulks = new Map<string, Uint8Array>();

function keepBulk(bytes: Uint8Array | null): string | null {
  if (bytes === null) return null;
  const name = sha256Hex(bytes);
  bulks.set(name, bytes);
  return name;
}

function bulkOf(name: string | null): Uint8Array | null {
  return name === null ? null : (bulks.get(name) ?? null);
}
