import type { Gate, Metrics } from './algorithm.js';

/** Metrics that a trial reported at a step. */
export interface Report {
  readonly step: number;
  readonly metrics: Metrics;
}

/** What a gate says about a trial after the reports so far. */
export interface GateDecision {
  readonly stop: boolean;
  /** The gate metric's value at each rung that was reached, in rung order. */
  readonly atGate: readonly number[];
}

/**
 * Decides whether a trial stops, from its gate and its own reports in the order they were made (one per step).
 *
 * A report belongs to the last rung whose step is not above the report's. The first report of a rung decides it: the
 * trial stops when the value is worse than the threshold; later reports of the rung change nothing. A report that
 * jumps over a rung decides only the rung it belongs to, but its value is recorded for the jumped ones as well, so
 * `atGate` has no holes. Reports without a finite value of the gate metric are ignored.
 */
export function gateDecision(gate: Gate, reports: readonly Report[]): GateDecision {
  const atGate: number[] = [];
  const decided = new Set<number>();
  let stop = false;
  for (const report of reports) {
    const value = Object.hasOwn(report.metrics, gate.metric) ? report.metrics[gate.metric] : undefined;
    if (value === undefined || !Number.isFinite(value)) continue;
    let place = -1;
    for (const [index, rung] of gate.rungs.entries()) {
      if (rung.step <= report.step) place = index;
    }
    while (atGate.length <= place) atGate.push(value + 0);
    const rung = gate.rungs[place];
    if (rung === undefined || decided.has(place)) continue;
    decided.add(place);
    if (gate.goal === 'maximize' ? value < rung.threshold : value > rung.threshold) stop = true;
  }
  return { stop, atGate };
}
