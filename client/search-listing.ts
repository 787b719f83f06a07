import type { Client } from '@temporalio/client';
import type { SearchPhase } from '../searches/loop/index.js';
import { SEARCH_WORKFLOW } from '../workflows/messages/index.js';
import { explain } from './errors/temporal-problem.js';

/** A search as the server knows it: one line of `list`. */
export interface SearchListing {
  readonly id: string;
  readonly phase: SearchPhase;
  readonly level: string | null;
  readonly trials: number | null;
  readonly best: number | null;
  readonly started: Date;
  readonly closed: Date | null;
}

/** Which searches are listed. */
export interface ListOptions {
  /** Also those inside another search. */
  readonly inner?: boolean;
  /** Only those that are open. */
  readonly open?: boolean;
  /** Only those inside the search with this id. */
  readonly below?: string;
}

/** The searches that a server knows, the latest first; of several runs under one id only the latest. */
export async function listSearches(
  temporal: Client,
  options: ListOptions,
): Promise<readonly SearchListing[]> {
  const conditions = [`WorkflowType="${SEARCH_WORKFLOW}"`];
  if (options.open === true) conditions.push('(ExecutionStatus="Running" OR ExecutionStatus="Paused")');
  if (options.below !== undefined) conditions.push(`WorkflowId STARTS_WITH "${options.below}/"`);
  const listings = new Map<string, SearchListing>();
  try {
    for await (const info of temporal.workflow.list({ query: conditions.join(' AND ') })) {
      const { workflowId: id } = info;
      if (listings.has(id) || info.status.name === 'CONTINUED_AS_NEW') continue;
      if (options.inner !== true && id.includes('/')) continue;
      listings.set(id, {
        id,
        phase: phaseOf(info.status.name, attribute(info.searchAttributes['DuramenPhase'])),
        level: text(attribute(info.searchAttributes['DuramenLevel'])),
        trials: number(attribute(info.searchAttributes['DuramenTrials'])),
        best: number(attribute(info.searchAttributes['DuramenBest'])),
        started: info.startTime,
        closed: info.closeTime ?? null,
      });
    }
  } catch (error) {
    throw explain(error, 'list');
  }
  return [...listings.values()];
}

function phaseOf(status: string, phase: unknown): SearchPhase {
  switch (status) {
    case 'RUNNING':
      return phase === 'paused' || phase === 'retraining' ? phase : 'running';
    case 'PAUSED':
      return 'paused';
    case 'COMPLETED':
      return 'finished';
    case 'CANCELLED':
    case 'TERMINATED':
      return 'cancelled';
    default:
      return 'failed';
  }
}

function attribute(values: unknown): unknown {
  return Array.isArray(values) ? values[0] : values;
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
