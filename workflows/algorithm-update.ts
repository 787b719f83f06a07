import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import { AlgorithmError } from '../algorithms/index.js';
import type { UpdateRequest, UpdateResult } from '../algorithms/index.js';
import type { ActivityCalls } from './activity-calls.js';
import { decodeUpdateResult, encodeUpdateRequest } from './carried-state.js';
import type { HistoryCount } from './history-count.js';

/** What an update reports to its search. */
export interface AlgorithmUpdateSetting {
  readonly store: { readonly store?: string };
  readonly count: HistoryCount;
  readonly compute: ActivityCalls['journal']['updateAlgorithm'];
  readonly apply: (result: UpdateResult, request: UpdateRequest) => void;
  readonly crashed: (error: unknown) => void;
  readonly noticed: () => void;
}

/** The update of the algorithm that an activity computes, at most one at a time. */
export class AlgorithmUpdate {
  private computing = false;

  constructor(private readonly setting: AlgorithmUpdateSetting) {}

  get isComputing(): boolean {
    return this.computing;
  }

  /** Begins to compute an update, unless it is being computed already. `address` names the search's setting. */
  start(search: string, address: string, request: UpdateRequest): void {
    if (this.computing) return;
    this.computing = true;
    const { store, compute, count, apply, crashed, noticed } = this.setting;
    const argument = encodeUpdateRequest(request);
    count.addCall(argument.length);
    void compute({ search, address, ...store }, argument)
      .then((answer) => {
        count.add(0, answer.length);
        apply(decodeUpdateResult(answer), request);
      })
      .catch((error: unknown) => {
        // A cancelled search computes the update again when it is resumed.
        if (!isCancellation(error)) crashed(refusal(error) ?? error);
      })
      .finally(() => {
        this.computing = false;
        noticed();
      });
  }
}

/** The sentence with which the algorithm refused to compute, which no other attempt changes; null for other failures. */
function refusal(error: unknown): AlgorithmError | null {
  if (!(error instanceof ActivityFailure) || !(error.cause instanceof ApplicationFailure)) return null;
  const { type, message } = error.cause;
  return type === 'BadInput' ? new AlgorithmError(message) : null;
}
