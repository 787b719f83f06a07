import { ApplicationFailure, condition } from '@temporalio/workflow';
import type { RunRules } from './run-rules.js';
import type { SearchRunner } from './search-runner.js';

/** A search as its messages meet it: they may arrive before it is open. */
export class SteeredSearch {
  private opened: SearchRunner | null = null;

  /** `parentPaused`: the pause of the search around it, as the latest message or the input says. */
  constructor(
    readonly rules: RunRules,
    private parentPaused: boolean,
  ) {}

  /** The run of the search; null until it is open. */
  get runner(): SearchRunner | null {
    return this.opened;
  }

  /** From now on messages reach this run. Answers the latest pause of the search around it. */
  open(runner: SearchRunner): boolean {
    this.opened = runner;
    return this.parentPaused;
  }

  /** The run, once the search is open; refuses with a sentence when it has ended. */
  async running(): Promise<SearchRunner> {
    await condition(() => this.opened !== null);
    if (this.opened === null) throw new Error('The condition holds only once the search is open.');
    if (this.rules === 'current') await this.opened.turn();
    const { closed } = this.opened;
    if (closed !== null) throw refused(`The search has already ended (${closed}).`);
    return this.opened;
  }

  /** Takes the pause of the search around it, which needs no answer and must not be missed. */
  setParentPaused(paused: boolean): void {
    this.parentPaused = paused;
    this.opened?.setParentPaused(paused);
  }
}

/** The error by which a message is refused; it changes nothing. */
export function refused(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'BadInput');
}
