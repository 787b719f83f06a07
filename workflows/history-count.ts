import { workflowInfo } from '@temporalio/workflow';
import type { HistoryLength } from './history-limits.js';
import type { RunRules } from './run-rules.js';

/** Events of an activity, or of a child workflow: scheduled, started and ended. */
const callEvents = 3;

/** Events of a workflow task. */
const taskEvents = 3;

/** Bytes of an event beside what the search put into it. */
const eventBytes = 200;

/**
 * The length of a run's history by what the run itself has done and met. The server's own figures depend on how it cut
 * the history into workflow tasks, so that no command may depend on them.
 */
export class HistoryCount {
  private events = 0;
  private bytes = 0;

  constructor(private readonly rules: RunRules) {}

  /** The search has looked at what happened: at most once a workflow task, but for messages. */
  addPass(): void {
    this.add(taskEvents);
  }

  /** An activity or a child workflow; `bytes` of its argument and its result. */
  addCall(bytes: number): void {
    this.add(callEvents, bytes);
  }

  /** Other events: timers, messages, what the list of workflows shows. */
  add(events: number, bytes = 0): void {
    this.events += events;
    this.bytes += events * eventBytes + bytes;
  }

  /** The length of the history by the rules of the run. */
  get length(): HistoryLength {
    const info = workflowInfo();
    if (this.rules === 'former') return info;
    // The server suggests it from 4,096 events or 4 MB on: only a run that these counts misjudge gets there.
    const { continueAsNewSuggested } = info;
    return { historyLength: this.events, historySize: this.bytes, continueAsNewSuggested };
  }
}
