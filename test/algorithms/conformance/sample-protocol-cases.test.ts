import { describe, expect, test } from 'vitest';
import { sweep, TrialSession, type SessionState } from '../../../algorithms/index.js';
import type { Json } from '../../../foundation/json/index.js';
import { oneOf, view } from '../../../search-spaces/index.js';
import { sharedDirectory } from '../../support/shared.js';
import { readSection } from '../../search-spaces/conformance/case-file.js';

interface Sections {
  readonly sample_protocol_cases: readonly { readonly id: string; readonly steps: Steps }[];
}

const space = view({ x: oneOf([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) });

/** A session, and the same one opened again from its stored state before every call. */
class Script {
  private state: SessionState | null = null;

  constructor(private readonly trials = 10) {}

  get session(): TrialSession {
    const options = {
      algorithm: sweep(),
      view: space,
      metrics: [{ name: 'score', goal: 'maximize' }] as const,
    };
    const stored = this.state === null ? null : (JSON.parse(JSON.stringify(this.state)) as SessionState);
    return TrialSession.open({ ...options, trials: this.trials }, stored);
  }

  do<T>(call: (session: TrialSession) => T): T {
    const { session } = this;
    try {
      return call(session);
    } finally {
      this.state = session.state;
    }
  }

  /** The number of the trial, counted from 1 as in the cases; null at the end. */
  ask(group?: string): number | null {
    const asked = this.do((session) => session.ask(group === undefined ? {} : { group }));
    if (asked.kind === 'wait') throw new Error('A sweep never waits.');
    if (asked.kind === 'end') return null;
    expect(asked.trial.genome).toEqual([asked.trial.index]);
    return asked.trial.index + 1;
  }

  score(number: number, score: number): void {
    this.do((session) => session.score(number - 1, { score }));
  }
}

/** What happened, in the form of the steps of a case. */
type Steps = readonly { readonly [fact: string]: Json }[];

/** The proposal as the cases state it; `end` where the search is over. */
function proposed(number: number | null, end: string): Json {
  return number === null ? end : { trial: number, value: { x: number - 1 } };
}

const isActive = (script: Script): boolean => script.do((session) => session.ask()).kind !== 'end';

/** Each script gives the steps as they were here; deviations of ours are in `deviations`. */
const scripts: Readonly<Record<string, () => Steps>> = {
  'resume-skip-stop': () => {
    const script = new Script(3);
    const first = script.ask('one');
    const again = script.ask('one');
    script.score(1, 1);
    const scored = script.session.state.trials[0]?.outcome?.kind;
    const second = script.ask('one');
    script.do((session) => session.skip(1, 'too large'));
    const skipped = script.session.state.trials[1]?.outcome?.kind;
    const third = script.ask('one');
    script.score(3, 3);
    const end = script.ask('one');
    const { state } = script.session;
    const [best] = script.session.best();
    const outcome = best?.outcome;
    return [
      { next: proposed(first, '') },
      { next_without_feedback: proposed(again, '') },
      { feedback: 1, status: scored === 'scored' ? 'COMPLETED' : (scored ?? null) },
      { next: proposed(second, '') },
      {
        skip: true,
        status: skipped === undefined ? null : 'COMPLETED',
        infeasible: skipped === 'infeasible',
      },
      { next: proposed(third, '') },
      { next: proposed(end, 'stop (num_examples reached)') },
      {
        result: {
          trials: state.trials.length,
          best_trial: (best?.trial.index ?? -1) + 1,
          best_reward: outcome?.kind === 'scored' ? (outcome.metrics['score'] ?? null) : null,
          is_active: isActive(script),
        },
      },
    ];
  },
  'end-loop': () => {
    const script = new Script();
    script.ask();
    script.score(1, 1);
    script.ask();
    script.do((session) => session.endSearch());
    script.score(2, 2);
    const last = script.session.state.trials[1]?.outcome?.kind;
    const end = script.ask();
    return [
      { end_loop_then_feedback: last === 'scored' ? 'COMPLETED' : (last ?? null) },
      { next: proposed(end, 'stop') },
      { is_active: isActive(script), trials: script.session.state.trials.length },
    ];
  },
  groups: () => {
    const script = new Script();
    const [w1, w2, again] = [script.ask('w1'), script.ask('w2'), script.ask('w1')];
    script.score(2, 1);
    const afterSecond = script.ask('w2');
    script.score(1, 1);
    const coworker = script.ask('w1');
    return [
      { w1, w2, w1_again: again },
      { w2_after_feedback: afterSecond },
      { w1_coworker_after_feedback: coworker },
    ];
  },
  measurements: () => {
    const script = new Script();
    script.ask();
    for (const score of [0.1, 0.9, 0.5]) script.do((session) => session.report(0, { score }));
    const outcome = script.do((session) => session.finish(0));
    const steps = script.session.state.trials[0]?.measurements.map(({ step }) => step) ?? [];
    expect(steps).toEqual([1, 2, 3]);
    const closed = codeOf(() => script.do((session) => session.report(0, { score: 1 })));
    script.ask();
    const unmeasured = codeOf(() => script.do((session) => session.finish(1)));
    return [
      {
        final_reward: outcome.kind === 'scored' ? (outcome.metrics['score'] ?? null) : null,
        measurements: steps.length,
      },
      { measure_after_done: closed },
      { done_without_measurement: unmeasured },
    ];
  },
  'measurement-order': () => {
    const script = new Script();
    script.ask();
    script.do((session) => session.report(0, { score: 0.9 }, 5));
    script.do((session) => session.report(0, { score: 0.1 }, 2));
    const outcome = script.do((session) => session.finish(0));
    return [{ final_reward: outcome.kind === 'scored' ? (outcome.metrics['score'] ?? null) : null }];
  },
};

/** Where we differ from the library, or name it otherwise: its steps, and ours in their place. */
const deviations: Readonly<Record<string, readonly [library: Steps, ours: Steps]>> = {
  'resume-skip-stop': [
    [{ result: { trials: 3, best_trial: 3, best_reward: 3, is_active: true } }],
    // The budget ends our search; the library's loop could be taken up again.
    [{ result: { trials: 3, best_trial: 3, best_reward: 3, is_active: false } }],
  ],
  measurements: [
    [{ measure_after_done: 'RaceConditionError' }, { done_without_measurement: 'ValueError' }],
    [{ measure_after_done: 'trial_closed' }, { done_without_measurement: 'no_measurement' }],
  ],
  // The documents of the library say that the largest step wins; its memory takes the last one.
  'measurement-order': [[{ final_reward: 0.1 }], [{ final_reward: 0.9 }]],
};

function codeOf(call: () => unknown): Json {
  try {
    call();
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
  return null;
}

describe.skipIf(sharedDirectory() === undefined)('shared: sample_protocol_cases', () => {
  const cases = readSection<Sections, 'sample_protocol_cases'>('sample_protocol_cases', 5);
  for (const { id, steps } of cases) {
    test(id, () => {
      const script = scripts[id];
      if (script === undefined) throw new Error(`No script for ${id}.`);
      const [library, ours] = deviations[id] ?? [[], []];
      const unchanged = steps.slice(0, steps.length - library.length);
      expect(steps.slice(unchanged.length)).toEqual(library);
      expect(script()).toEqual([...unchanged, ...ours]);
    });
  }
});
