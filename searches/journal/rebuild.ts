import { unreachable } from '../../foundation/errors/index.js';
import type { Trial } from '../../algorithms/index.js';
import { canonicalJson } from '../../foundation/json/index.js';
import type { SearchDefinition } from '../definition/definition.js';
import type { JournalRecord } from '../loop/journal-record.js';
import { SearchLoop } from '../loop/search-loop.js';
import { plainJson, planSearch, type SearchPlan } from '../loop/search-plan.js';
import type { ComputeUpdate } from './algorithm-updates.js';

/** A journal that does not follow from the search's definition: of another space, algorithm or build. */
export class RebuildError extends Error {
  override readonly name = 'RebuildError';

  constructor(
    search: string,
    /** What the journal has and what was expected, without the end of a sentence. */
    readonly detail: string,
  ) {
    super(
      `The journal of "${search}" does not follow from its definition: ${detail}. Use the build that wrote the journal.`,
    );
  }
}

/**
 * Rebuilds the state of a search from its journal: the one construction behind resume, extend, lost history and
 * upgrades. It makes every proposal anew and compares it with the record. `from` continues a state that was reached
 * after the records before.
 */
export async function rebuild(
  plan: SearchPlan,
  records: readonly JournalRecord[],
  computeUpdate: ComputeUpdate,
  from: SearchLoop = SearchLoop.open(plan),
): Promise<SearchLoop> {
  const loop = from;
  for (const record of records) await replayRecord(loop, record, computeUpdate);
  loop.parkAll();
  loop.clearFailure();
  loop.drainRecords();
  loop.drainObsolete();
  return loop;
}

/** Takes a loop through one record of its journal; a proposal that differs is a `RebuildError`. */
export async function replayRecord(
  loop: SearchLoop,
  record: JournalRecord,
  computeUpdate: ComputeUpdate,
): Promise<void> {
  switch (record.kind) {
    case 'opened':
    case 'closed':
      return;
    case 'proposed': {
      const proposed = await nextProposal(loop, computeUpdate);
      const expected = canonicalJson(plainJson(record.trial));
      const found = proposed === null ? 'nothing' : canonicalJson(plainJson(proposed));
      if (expected !== found) {
        throw new RebuildError(
          loop.plan.search,
          `it has trial ${record.trial.index} as ${expected}, this build proposes ${found}`,
        );
      }
      return;
    }
    case 'told': {
      const { kind: _kind, index, ...completion } = record;
      // The answers of a program have records of their own.
      if (loop.plan.level.order === 'as-completed' && loop.plan.algorithm.program === undefined)
        await applyUpdates(loop, computeUpdate);
      loop.record(index, completion, true);
      return;
    }
    case 'asked':
      // In order of arrival the search asks as soon as it can, so it may have asked already.
      if (loop.state.update === null) loop.propose();
      if (loop.state.update === null)
        throw new RebuildError(
          loop.plan.search,
          `before trial ${record.index} it asked the program of ${loop.plan.algorithm.name}, this build does not`,
        );
      return;
    case 'answered':
      if (loop.state.update === null)
        throw new RebuildError(
          loop.plan.search,
          'it has an answer of a program that this build does not ask',
        );
      loop.applyUpdate({ bulk: record.bulk, output: record.output });
      return;
    case 'intervention':
      if (record.intervention.kind === 'adopt')
        loop.adopt(adopted(loop.plan, record.intervention.definition));
      else loop.intervene(record.intervention);
      return;
    default:
      return unreachable(record, 'journal record');
  }
}

/** The next trial that a loop decides on, with the updates before it; null when nothing can be proposed now. */
export async function nextProposal(loop: SearchLoop, computeUpdate: ComputeUpdate): Promise<Trial | null> {
  let proposed = loop.propose();
  while (proposed.kind === 'update') {
    loop.applyUpdate(await computeUpdate(loop.plan, proposed.request));
    proposed = loop.propose();
  }
  return proposed.kind === 'proposed' ? proposed.trial : null;
}

async function applyUpdates(loop: SearchLoop, computeUpdate: ComputeUpdate): Promise<void> {
  while (loop.state.update !== null) loop.applyUpdate(await computeUpdate(loop.plan, loop.state.update));
}

/** The plan of the same search under a definition that differs in its evaluator. */
export function adopted(plan: SearchPlan, definition: SearchDefinition): SearchPlan {
  return planSearch(plan.search, definition, plan.levelIndex, plan.context);
}
