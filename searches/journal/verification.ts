import { errorText, unreachable } from '../../foundation/errors/index.js';
import type { Outcome } from '../../algorithms/index.js';
import { canonicalJson } from '../../foundation/json/index.js';
import { checkDefinition } from '../definition/definition-check.js';
import type { JournalRecord } from '../loop/journal-record.js';
import { completeOutcome } from '../loop/outcome.js';
import type { ComputeUpdate } from './algorithm-updates.js';
import { nextProposal, RebuildError, replayRecord } from './rebuild.js';
import { concludedAnew } from '../retraining/retraining.js';
import { SearchLoop } from '../loop/search-loop.js';
import { knownOutcome, plainJson, planSearch, type SearchPlan } from '../loop/search-plan.js';
import { emptyTrajectory, extendTrajectory } from '../loop/trajectory.js';

/** A record that does not follow from the definition and the records before it. */
export class VerificationError extends Error {
  override readonly name = 'VerificationError';

  constructor(
    /** Number of the record from 0. */
    readonly record: number,
    /** What is wrong, as the rest of a sentence about the record. */
    readonly detail: string,
  ) {
    super(`Record ${record} does not follow: ${detail}.`);
  }
}

/** A journal all of whose records follow. */
export interface VerifiedJournal {
  /** The search after its last record. */
  readonly loop: SearchLoop;
  /** How it ended last; null while it is open, or was lost. */
  readonly closed: 'finished' | 'cancelled' | 'failed' | null;
}

/**
 * Takes all decisions of a search again, from its journal alone, and compares them with the records: each proposal and
 * where it came from, the index of each intervention, the trajectory hash at each end. It also computes the hash from
 * the records themselves. `onRecord` sees the search after each record. Throws `VerificationError` at the first record
 * that does not follow.
 */
export async function verifyJournal(
  search: string,
  records: readonly JournalRecord[],
  computeUpdate: ComputeUpdate,
  onRecord: (loop: SearchLoop, number: number) => void = () => undefined,
): Promise<VerifiedJournal> {
  const loop = SearchLoop.open(planOf(search, records[0]));
  const trajectory = new RecordedTrajectory(loop.plan);
  let closed: VerifiedJournal['closed'] = null;
  for (const [number, record] of records.entries()) {
    try {
      await verifyRecord(loop, trajectory, record, number, computeUpdate);
      loop.drainRecords();
      loop.drainObsolete();
      onRecord(loop, number);
    } catch (error) {
      if (error instanceof VerificationError || !(error instanceof Error)) throw error;
      throw new VerificationError(number, error instanceof RebuildError ? error.detail : error.message);
    }
    if (record.kind === 'closed') closed = record.phase;
    else if (record.kind === 'proposed' || record.kind === 'intervention') closed = null;
  }
  return { loop, closed };
}

function planOf(search: string, opened: JournalRecord | undefined): SearchPlan {
  if (opened?.kind !== 'opened') throw new VerificationError(0, 'it is not the definition of a search');
  if (opened.search !== search)
    throw new VerificationError(0, `it is the definition of the search "${opened.search}"`);
  try {
    return planSearch(search, checkDefinition(opened.definition), opened.level, opened.context);
  } catch (error) {
    const reason = errorText(error);
    throw new VerificationError(0, `this build cannot carry out its definition: ${reason}`);
  }
}

async function verifyRecord(
  loop: SearchLoop,
  trajectory: RecordedTrajectory,
  record: JournalRecord,
  number: number,
  computeUpdate: ComputeUpdate,
): Promise<void> {
  const refuse = (detail: string): never => {
    throw new VerificationError(number, detail);
  };
  switch (record.kind) {
    case 'opened':
      if (number > 0) refuse('a search has one definition, in its first record');
      return;
    case 'proposed': {
      await replayRecord(loop, record, computeUpdate);
      const made = loop.drainRecords().find(({ kind }) => kind === 'proposed');
      if (made?.kind === 'proposed' && made.source !== record.source)
        refuse(`trial ${record.trial.index} comes from "${made.source}", not from "${record.source}"`);
      trajectory.propose(record);
      break;
    }
    case 'told': {
      const fault = trajectory.tell(record);
      if (fault !== null) refuse(fault);
      await replayRecord(loop, record, computeUpdate);
      break;
    }
    case 'asked':
      if (record.index !== loop.state.nextIndex)
        refuse(`it asks before trial ${record.index}, but the next is ${loop.state.nextIndex}`);
      await replayRecord(loop, record, computeUpdate);
      break;
    case 'answered':
      await replayRecord(loop, record, computeUpdate);
      break;
    case 'intervention':
      if (record.index !== loop.state.nextIndex)
        refuse(`it acts from trial ${record.index}, but the next is ${loop.state.nextIndex}`);
      await replayRecord(loop, record, computeUpdate);
      break;
    case 'closed': {
      if (record.phase === 'finished') {
        const further = loop.end === null ? await nextProposal(loop, computeUpdate) : null;
        if (further !== null || loop.end === null) refuse('the search ended before its budget was spent');
        else if (loop.end.kind !== record.reason)
          refuse(`the search ended by "${loop.end.kind}", not by "${record.reason}"`);
      }
      if (record.trajectoryHash !== loop.state.trajectoryHash)
        refuse(`the trajectory hash is ${loop.state.trajectoryHash}, not ${record.trajectoryHash}`);
      if (record.retraining !== undefined) {
        const { level } = loop.plan;
        const anew = { ...record.retraining, ...concludedAnew(level, record.retraining) };
        if (!same(anew, record.retraining))
          refuse('the retraining chose another candidate than its own values do');
        if (record.retraining.trials !== loop.state.recorded)
          refuse(
            `the retraining followed ${record.retraining.trials} trials, and there are ${loop.state.recorded}`,
          );
      }
      break;
    }
    default:
      return unreachable(record, 'journal record');
  }
  if (!trajectory.agrees(loop))
    refuse('the outcomes in the journal have another trajectory hash than the search that was told of them');
}

/** The trajectory as the records have it: proposals and outcomes, without the search in between. */
class RecordedTrajectory {
  private readonly proposed = new Map<number, Extract<JournalRecord, { kind: 'proposed' }>['trial']>();
  private readonly told = new Map<number, Outcome>();
  private readonly arrivals: number[] = [];
  private counted = 0;
  private hash = emptyTrajectory;

  constructor(private readonly plan: SearchPlan) {}

  propose({ trial }: Extract<JournalRecord, { kind: 'proposed' }>): void {
    this.proposed.set(trial.index, trial);
  }

  /** What is wrong with an outcome; null when nothing is. */
  tell({ index, outcome }: Extract<JournalRecord, { kind: 'told' }>): string | null {
    const trial = this.proposed.get(index);
    if (trial === undefined) return `trial ${index} has an outcome but was never proposed`;
    if (this.told.has(index)) return `trial ${index} has a second outcome`;
    const known = knownOutcome(this.plan, trial);
    if (known !== undefined && !same(known, outcome))
      return `trial ${index} needed no evaluation, and its outcome is not the one that was known`;
    if (known === undefined && !same(completeOutcome(this.plan.level, outcome, trial.slice), outcome))
      return trial.slice === undefined
        ? `the objective of trial ${index} is not what its metrics give`
        : `the outcome of trial ${index} is not what its slice can have (objective, values, cost)`;
    this.told.set(index, outcome);
    this.arrivals.push(index);
    return null;
  }

  /** Whether the search has the hash of the records; true while the record of an outcome that counts is to come. */
  agrees(loop: SearchLoop): boolean {
    const { level, metrics } = this.plan;
    for (; this.counted < loop.state.recorded; this.counted++) {
      const index = level.order === 'in-order' ? this.counted : this.arrivals[this.counted];
      const trial = index === undefined ? undefined : this.proposed.get(index);
      const outcome = index === undefined ? undefined : this.told.get(index);
      // The outcome of a trial that was cancelled follows its intervention.
      if (trial === undefined || outcome === undefined) return true;
      this.hash = extendTrajectory(this.hash, trial.index, trial.genome, outcome, metrics);
    }
    return this.hash === loop.state.trajectoryHash;
  }
}

/** Whether two outcomes are the same, message and cost included. */
export function sameOutcome(a: Outcome, b: Outcome): boolean {
  return same(a, b);
}

function same(a: object, b: object): boolean {
  return canonicalJson(plainJson(a)) === canonicalJson(plainJson(b));
}
