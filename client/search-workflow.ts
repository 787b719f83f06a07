import { setTimeout as delay } from 'node:timers/promises';
import { type QueryDefinition, type UpdateDefinition, WorkflowNotFoundError } from '@temporalio/common';
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import type { SearchResult } from '../searches/loop/index.js';
import { ClientError } from './errors/client-error.js';
import { answerMilliseconds, explain, innermostMessage, noSuchSearch } from './errors/temporal-problem.js';
import { callUpdate } from './update-call.js';

/** Whether a search runs, as the server sees it. */
export type SearchState =
  | { readonly kind: 'open'; readonly pausedByServer: boolean }
  | {
      readonly kind: 'closed';
      readonly phase: 'finished' | 'cancelled' | 'failed';
      readonly message: string | null;
    };

const openingMilliseconds = 10_000;

/** The workflow of a search, as its server knows it. Methods throw `ClientError` with one sentence, unless they say otherwise. */
export class SearchWorkflow {
  constructor(
    private readonly temporal: Client,
    private readonly id: string,
  ) {}

  /** Whether the search is open; null when the server knows no workflow of this id. */
  async state(): Promise<SearchState | null> {
    const description = await this.describe();
    if (description === null) return null;
    switch (description.status.name) {
      case 'RUNNING':
      case 'CONTINUED_AS_NEW':
        return { kind: 'open', pausedByServer: false };
      case 'PAUSED':
        return { kind: 'open', pausedByServer: true };
      case 'COMPLETED':
        return { kind: 'closed', phase: 'finished', message: null };
      case 'CANCELLED':
        return { kind: 'closed', phase: 'cancelled', message: null };
      case 'TERMINATED':
        return { kind: 'closed', phase: 'cancelled', message: 'It was terminated.' };
      case 'FAILED':
      case 'TIMED_OUT':
      case 'UNSPECIFIED':
      case 'UNKNOWN':
        return { kind: 'closed', phase: 'failed', message: await this.failure() };
      default: {
        const never: never = description.status.name;
        return never;
      }
    }
  }

  async isBeingCancelled(): Promise<boolean> {
    return (await this.describe())?.raw.workflowExtendedInfo?.cancelRequested === true;
  }

  /** Asks a workflow in this state to end as cancelled. */
  async cancel(state: Extract<SearchState, { readonly kind: 'open' }>): Promise<void> {
    try {
      await this.handle().cancel();
      // The server records a cancellation of a paused workflow and acts on it only once it is unpaused.
      if (state.pausedByServer) {
        const { workflowService, options } = this.temporal;
        await workflowService.unpauseWorkflowExecution({
          namespace: options.namespace,
          workflowId: this.id,
          reason: 'cancelled',
        });
      }
    } catch (error) {
      throw explain(error, this.id);
    }
  }

  /** The result, once the workflow has ended; throws Temporal's own error when it has none. */
  async result(): Promise<SearchResult> {
    // Only workflows of the type `search` have such an id, and this is what they return.
    return (await this.handle().result()) as SearchResult;
  }

  /** Asks for an answer; throws Temporal's own error when there is none. */
  async query<Answer>(definition: QueryDefinition<Answer>): Promise<Answer> {
    return this.within('query', () => this.onceOpened(() => this.handle().query(definition)));
  }

  /** Sends a message that steers the search; answers what the search says to it. */
  async update<Answer, Arguments extends [] | [unknown]>(
    definition: UpdateDefinition<Answer, Arguments>,
    args: Arguments,
  ): Promise<Answer> {
    const state = await this.state();
    if (state === null) throw noSuchSearch(this.id);
    if (state.kind === 'closed') {
      throw new ClientError(
        'input',
        `Search "${this.id}" has ended (${state.phase}): resume or extend it first.`,
      );
    }
    try {
      return await this.within('update', () => callUpdate(this.temporal, this.id, definition, args));
    } catch (error) {
      throw explain(error, this.id);
    }
  }

  /** A search that was started at this moment reads its journal before it can answer. */
  private async onceOpened<T>(query: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + openingMilliseconds;
    for (;;) {
      try {
        return await query();
      } catch (error) {
        if (Date.now() > deadline || !(error instanceof Error && error.message.includes('is being opened')))
          throw error;
        await delay(100);
      }
    }
  }

  private async describe(): Promise<WorkflowExecutionDescription | null> {
    try {
      return await this.handle().describe();
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw explain(error, this.id);
    }
  }

  private async failure(): Promise<string> {
    try {
      await this.handle().result();
      return 'It gave no reason.';
    } catch (error) {
      return innermostMessage(error);
    }
  }

  private handle(): ReturnType<Client['workflow']['getHandle']> {
    return this.temporal.workflow.getHandle(this.id);
  }

  private async within<T>(kind: keyof typeof answerMilliseconds, call: () => Promise<T>): Promise<T> {
    return this.temporal.withDeadline(Date.now() + answerMilliseconds[kind], call);
  }
}
