import type { UpdateRequest, UpdateResult } from '../algorithms/index.js';
import { canonicalJson } from '../numerics/index.js';
import type { SearchDefinition } from './definition.js';
import type { JournalRecord } from './journal-record.js';
import { SearchLoop } from './search-loop.js';
import { plainJson, planSearch, type SearchPlan } from './search-plan.js';

/** A journal that does not follow from the search's definition: of another space, algorithm or build. */
export class RebuildError extends Error {
  override readonly name = 'RebuildError';
}

/**
 * Rebuilds the state of a search from its journal: the one construction behind resume, extend, lost history and
 * upgrades. Every proposal is made anew and compared with the record. `from` continues a state that was reached after
 * the records before.
 */
export async function rebuild(
  plan: SearchPlan,
  records: readonly JournalRecord[],
  computeUpdate: (plan: SearchPlan, request: UpdateRequest) => Promise<UpdateResult>,
  from: SearchLoop = SearchLoop.open(plan),
): Promise<SearchLoop> {
  const loop = from;
  for (const record of records) {
    switch (record.kind) {
      case 'opened':
      case 'closed':
        break;
      case 'proposed': {
        let proposed = loop.propose();
        while (proposed.kind === 'update') {
          loop.applyUpdate(await computeUpdate(loop.plan, proposed.request));
          proposed = loop.propose();
        }
        const expected = canonicalJson(plainJson(record.trial));
        const found = proposed.kind === 'proposed' ? canonicalJson(plainJson(proposed.trial)) : 'nothing';
        if (expected !== found) {
          throw new RebuildError(
            `The journal of "${plan.search}" does not follow from its definition: it has trial ` +
              `${record.trial.index} as ${expected}, this build proposes ${found}. Use the build that wrote the journal.`,
          );
        }
        break;
      }
      case 'told': {
        const { kind: _kind, index, ...completion } = record;
        if (loop.plan.level.order === 'as-completed') await applyUpdates(loop, computeUpdate);
        loop.record(index, completion, true);
        break;
      }
      case 'intervention':
        if (record.intervention.kind === 'adopt')
          loop.adopt(adopted(loop.plan, record.intervention.definition));
        else loop.intervene(record.intervention);
        break;
      default:
        return unreachable(record);
    }
  }
  loop.parkAll();
  loop.clearFailure();
  loop.drainRecords();
  return loop;
}

async function applyUpdates(
  loop: SearchLoop,
  computeUpdate: (plan: SearchPlan, request: UpdateRequest) => Promise<UpdateResult>,
): Promise<void> {
  while (loop.update !== null) loop.applyUpdate(await computeUpdate(loop.plan, loop.update));
}

/** The plan of the same search under a definition that differs in its evaluator. */
export function adopted(plan: SearchPlan, definition: SearchDefinition): SearchPlan {
  return planSearch(plan.search, definition, plan.levelIndex, plan.context);
}

function unreachable(value: never): never {
  throw new Error(`Unknown journal record ${JSON.stringify(value)}.`);
}
