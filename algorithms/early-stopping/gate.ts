import type { Gate, LeafValues, Metrics, RungGate } from '../contract/trial.js';

/** Metrics that a trial reported at a step. */
export interface Report {
  readonly step: number;
  readonly metrics: Metrics;
}

/** What a trial had at its gate, as its outcome records it. */
export type GateValues =
  /** The gate metric's value at each rung that was reached, in rung order. */
  { readonly atGate: readonly number[] } | { readonly atLeaves: LeafValues };

/** What a gate says about a trial after the reports so far. */
export type GateDecision = { readonly stop: boolean } & GateValues;

/**
 * Decides whether a trial stops, from its gate and its own reports in the order they were made (one per step).
 *
 * A report belongs to the last rung whose step is not above the report's. The first report of a rung decides it: the
 * trial stops when the value is worse than the threshold; later reports of the rung change nothing. A report that
 * jumps over a rung decides only the rung it belongs to, but its value is recorded for the jumped ones as well, so
 * `atGate` has no holes. Reports without a finite value of the gate metric are ignored.
 *
 * A combined gate asks every part after each report. A part answers for the rung that the report belongs to, or not at
 * all. The trial stops at the first report after which the whole says so.
 */
export function gateDecision(gate: Gate, reports: readonly Report[]): GateDecision {
  const observer = new GateObserver(gate);
  for (const report of reports) observer.observe(report);
  return observer.decision;
}

/** A gate together with what it has seen of one trial. */
export class GateObserver {
  private readonly root: Asked;
  private readonly leaves: GateLeaf[] = [];
  private readonly combined: boolean;
  private stopping = false;

  constructor(gate: Gate) {
    this.combined = gate.kind !== undefined;
    this.root = this.askedOf(gate);
  }

  /** Takes in the next report of the trial. */
  observe(report: Report): void {
    if (this.root(report) === true) this.stopping = true;
  }

  /** Whether the trial stops after the reports so far. */
  get stop(): boolean {
    return this.stopping;
  }

  get decision(): GateDecision {
    const stop = this.stopping;
    if (this.combined) return { stop, atLeaves: this.leaves.map(({ deciding }) => [...deciding]) };
    return { stop, atGate: [...(this.leaves[0]?.reached ?? [])] };
  }

  private askedOf(gate: Gate): Asked {
    switch (gate.kind) {
      case undefined: {
        const leaf = new GateLeaf(gate);
        this.leaves.push(leaf);
        return (report) => leaf.ask(report);
      }
      case 'and':
      case 'or': {
        const { kind } = gate;
        const parts = gate.of.map((part) => this.askedOf(part));
        return (report) =>
          answerOf(
            kind,
            parts.map((part) => part(report)),
          );
      }
      case 'not': {
        const part = this.askedOf(gate.of);
        return (report) => negated(part(report));
      }
      default:
        return gate satisfies never;
    }
  }
}

/** Whether the trial stops, as one part of a gate sees it after a report; null where it cannot say. */
type Asked = (report: Report) => boolean | null;

/** What the parts of `and` and `or` come to: one deciding answer is enough, otherwise all must have answered. */
export function answerOf(kind: 'and' | 'or', answers: readonly (boolean | null)[]): boolean | null {
  const deciding = kind === 'or';
  if (answers.includes(deciding)) return deciding;
  return answers.includes(null) ? null : !deciding;
}

/** What `not` makes of an answer. */
export function negated(answer: boolean | null): boolean | null {
  return answer === null ? null : !answer;
}

class GateLeaf {
  readonly reached: number[] = [];
  readonly deciding: (number | null)[] = [];
  private readonly gate: RungGate;
  private readonly answers = new Map<number, boolean>();

  constructor(gate: RungGate) {
    this.gate = gate;
  }

  ask({ step, metrics }: Report): boolean | null {
    const { metric, goal, rungs } = this.gate;
    const place = rungs.findLastIndex((rung) => rung.step <= step);
    const rung = rungs[place];
    if (rung === undefined) return null;
    const known = this.answers.get(place);
    if (known !== undefined) return known;
    const value = Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
    if (value === undefined || !Number.isFinite(value)) return null;
    while (this.reached.length <= place) this.reached.push(value + 0);
    while (this.deciding.length <= place) this.deciding.push(null);
    this.deciding[place] = value + 0;
    const stop = goal === 'maximize' ? value < rung.threshold : value > rung.threshold;
    this.answers.set(place, stop);
    return stop;
  }
}
