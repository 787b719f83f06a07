import { describe, expect, test } from 'vitest';
import { sweep, TrialSession, type SessionState } from '../../../algorithms/index.js';
import type { Json } from '../../../foundation/json/index.js';
import { oneOf, view } from '../../../search-spaces/index.js';
import { sharedDirectory } from '../../support/shared.js';
import { readSection } from '../../search-spaces/conformance/case-file.js';

interface Sections {
  readonly sample_protocol_cases: readonly { readonly id: string; readonly steps: Json }[];
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

const scripts: Readonly<Record<string, () => void>> = {
  'resume-skip-stop': () => {
    const script = new Script(3);
    expect(script.ask('one')).toBe(1);
    expect(script.ask('one')).toBe(1);
    script.score(1, 1);
    expect(script.ask('one')).toBe(2);
    script.do((session) => session.skip(1, 'too large'));
    expect(script.ask('one')).toBe(3);
    script.score(3, 3);
    expect(script.ask('one')).toBeNull();
    expect(script.session.state.trials).toHaveLength(3);
    expect(script.session.best().map(({ trial }) => trial.index + 1)).toEqual([3]);
  },
  'end-loop': () => {
    const script = new Script();
    expect(script.ask()).toBe(1);
    script.score(1, 1);
    expect(script.ask()).toBe(2);
    script.do((session) => session.endSearch());
    script.score(2, 2);
    expect(script.ask()).toBeNull();
    expect(script.session.state.trials).toHaveLength(2);
  },
  groups: () => {
    const script = new Script();
    expect([script.ask('w1'), script.ask('w2'), script.ask('w1')]).toEqual([1, 2, 1]);
    script.score(2, 1);
    expect(script.ask('w2')).toBe(3);
    script.score(1, 1);
    expect(script.ask('w1')).toBe(4);
  },
  measurements: () => {
    const script = new Script();
    script.ask();
    for (const score of [0.1, 0.9, 0.5]) script.do((session) => session.report(0, { score }));
    expect(script.do((session) => session.finish(0))).toEqual({ kind: 'scored', metrics: { score: 0.5 } });
    expect(script.session.state.trials[0]?.measurements.map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(() => script.do((session) => session.report(0, { score: 1 }))).toThrow(
      expect.objectContaining({ code: 'trial_closed' }),
    );
    script.ask();
    expect(() => script.do((session) => session.finish(1))).toThrow(
      expect.objectContaining({ code: 'no_measurement' }),
    );
  },
  'measurement-order': () => {
    const script = new Script();
    script.ask();
    script.do((session) => session.report(0, { score: 0.9 }, 5));
    script.do((session) => session.report(0, { score: 0.1 }, 2));
    expect(script.do((session) => session.finish(0))).toEqual({ kind: 'scored', metrics: { score: 0.9 } });
  },
};

describe.skipIf(sharedDirectory() === undefined)('shared: sample_protocol_cases', () => {
  const cases = readSection<Sections, 'sample_protocol_cases'>('sample_protocol_cases', 5);
  for (const { id } of cases) {
    test(id, () => {
      const script = scripts[id];
      if (script === undefined) throw new Error(`No script for ${id}.`);
      script();
    });
  }
});
