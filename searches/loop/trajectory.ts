import { unreachable } from '../../foundation/errors/index.js';
import type { Metric, Outcome } from '../../algorithms/contract/index.js';
import { canonicalJson, type Json } from '../../foundation/json/index.js';
import { sha256Hex } from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/views/index.js';

/** Hash of the empty trajectory. */
export const emptyTrajectory = sha256Hex('duramen-trajectory/1');

/**
 * The next link of the trajectory hash: SHA-256 over the previous hash and what was decided and found, in telling
 * order. Messages, durations, hosts and metrics that are only observed stay out, so two runs are the same search exactly if their
 * hashes agree at the same length. The values of a slice are part of it, because its algorithm learns from them.
 */
export function extendTrajectory(
  previous: string,
  index: number,
  genome: Genome,
  outcome: Outcome,
  metrics: readonly Metric[],
): string {
  const values = outcome.kind === 'scored' ? outcome.values : undefined;
  const link: Json = [
    index,
    genome,
    outcome.kind,
    essence(outcome, metrics),
    ...(values === undefined ? [] : [values]),
  ];
  return sha256Hex(`${previous}\n${canonicalJson(link)}`);
}

function essence(outcome: Outcome, metrics: readonly Metric[]): Json {
  switch (outcome.kind) {
    case 'scored':
      return metrics.filter(decides).map((metric) => outcome.metrics[metric.name] ?? null);
    case 'failed':
      return outcome.class;
    case 'stopped':
      return outcome.step;
    case 'infeasible':
    case 'cancelled':
      return null;
    default:
      return unreachable(outcome, 'outcome');
  }
}

/** A metric that is only observed still decides when it has a limit. */
function decides({ goal, atMost, atLeast }: Metric): boolean {
  return goal !== 'observe' || atMost !== undefined || atLeast !== undefined;
}
