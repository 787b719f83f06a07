import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { gateDecision, type Gate, type Report } from '../../algorithms/index.js';
import { sharedDirectory } from '../support/shared.js';

const gate: Gate = {
  metric: 'accuracy',
  goal: 'maximize',
  rungs: [
    { step: 2, threshold: 0.3 },
    { step: 4, threshold: 0.5 },
    { step: 8, threshold: -Number.MAX_VALUE },
  ],
};

function reports(...pairs: readonly (readonly [step: number, accuracy: number])[]): readonly Report[] {
  return pairs.map(([step, accuracy]) => ({ step, metrics: { accuracy } }));
}

describe('gateDecision', () => {
  test('decides nothing before the first rung', () => {
    expect(gateDecision(gate, [])).toEqual({ stop: false, atGate: [] });
    expect(gateDecision(gate, reports([1, 0]))).toEqual({ stop: false, atGate: [] });
  });

  test('stops a trial that is worse than the threshold at the first report of a rung', () => {
    expect(gateDecision(gate, reports([2, 0.29]))).toEqual({ stop: true, atGate: [0.29] });
    expect(gateDecision(gate, reports([3, 0.29]))).toEqual({ stop: true, atGate: [0.29] });
    expect(gateDecision(gate, reports([2, 0.3], [4, 0.49]))).toEqual({ stop: true, atGate: [0.3, 0.49] });
  });

  test('a value equal to the threshold goes on', () => {
    expect(gateDecision(gate, reports([2, 0.3], [4, 0.5]))).toEqual({ stop: false, atGate: [0.3, 0.5] });
  });

  test('later reports of a decided rung change nothing', () => {
    expect(gateDecision(gate, reports([2, 0.4], [3, 0.1]))).toEqual({ stop: false, atGate: [0.4] });
    expect(gateDecision(gate, reports([2, 0.1], [3, 0.9]))).toEqual({ stop: true, atGate: [0.1] });
  });

  test('a report that jumps over a rung decides only its own and is recorded for both', () => {
    expect(gateDecision(gate, reports([5, 0.4]))).toEqual({ stop: true, atGate: [0.4, 0.4] });
    expect(gateDecision(gate, reports([9, 0.1]))).toEqual({ stop: false, atGate: [0.1, 0.1, 0.1] });
  });

  test('an open rung never stops but records its value', () => {
    expect(gateDecision(gate, reports([2, 0.3], [4, 0.5], [8, -1e300]))).toEqual({
      stop: false,
      atGate: [0.3, 0.5, -1e300],
    });
  });

  test('reports without a finite value of the metric are ignored', () => {
    const odd: readonly Report[] = [
      { step: 2, metrics: { loss: 1 } },
      { step: 2, metrics: { accuracy: NaN } },
      { step: 3, metrics: { accuracy: 0.4 } },
    ];
    expect(gateDecision(gate, odd)).toEqual({ stop: false, atGate: [0.4] });
  });

  test('higher is worse when minimising', () => {
    const loss: Gate = { metric: 'accuracy', goal: 'minimize', rungs: [{ step: 1, threshold: 1 }] };
    expect(gateDecision(loss, reports([1, 1.1])).stop).toBe(true);
    expect(gateDecision(loss, reports([1, 1])).stop).toBe(false);
  });
});

describe('a combined gate', () => {
  // At step 1 the value 0 decides; which gates say stop, let pass, or have no rung yet.
  const part = { stops: [1, 1], passes: [1, 0], silent: [2, 1] } as const;
  const leaf = (name: keyof typeof part): Gate => {
    const [step, threshold] = part[name];
    return { metric: 'accuracy', goal: 'maximize', rungs: [{ step, threshold }] };
  };
  const at = reports([1, 0]);

  test.each([
    ['or', 'stops', 'passes', true],
    ['or', 'passes', 'stops', true],
    ['or', 'silent', 'stops', true],
    ['or', 'stops', 'silent', true],
    ['or', 'passes', 'passes', false],
    ['and', 'stops', 'stops', true],
    ['and', 'stops', 'passes', false],
    ['and', 'passes', 'stops', false],
    ['and', 'stops', 'silent', false],
  ] as const)('%s of %s and %s', (kind, first, second, stop) => {
    expect(gateDecision({ kind, of: [leaf(first), leaf(second)] }, at).stop).toBe(stop);
  });

  test.each([
    ['stops', false],
    ['passes', true],
    ['silent', false],
  ] as const)('not of %s', (name, stop) => {
    expect(gateDecision({ kind: 'not', of: leaf(name) }, at).stop).toBe(stop);
  });

  test('not of a conjunction that one part decided stops although the other is silent', () => {
    const both: Gate = { kind: 'and', of: [leaf('passes'), leaf('silent')] };
    expect(gateDecision({ kind: 'not', of: both }, at)).toEqual({ stop: true, atLeaves: [[0], []] });
  });

  test('a part answers for the rung of the latest report, the trial stays stopped', () => {
    const early: Gate = {
      metric: 'accuracy',
      goal: 'maximize',
      rungs: [
        { step: 1, threshold: 1 },
        { step: 2, threshold: 0 },
      ],
    };
    const late: Gate = { metric: 'accuracy', goal: 'maximize', rungs: [{ step: 2, threshold: 1 }] };
    const course = reports([1, 0], [2, 0.5]);
    expect(gateDecision({ kind: 'and', of: [early, late] }, course).stop).toBe(false);
    expect(gateDecision({ kind: 'or', of: [early] }, course).stop).toBe(true);
  });
});

interface EarlyStoppingCase {
  readonly id: string;
  readonly policy: Policy;
  readonly events: readonly { trial: number; step: number; reward: number; should_stop: boolean }[];
}
type Policy =
  | { readonly kind: 'by_value'; readonly gates: readonly (readonly [number, number])[] }
  | { readonly kind: 'or' | 'not'; readonly of: readonly Policy[] }
  | { readonly kind: 'by_rank' };

/** Whether a policy of byValue gates stops a trial after its reports; `not` waits until a gate has fired. */
function stops(policy: Policy, history: readonly Report[]): boolean {
  switch (policy.kind) {
    case 'by_value':
      return gateDecision(gateOf(policy.gates), history).stop;
    case 'or':
      return policy.of.some((inner) => stops(inner, history));
    case 'not':
      return policy.of.every((inner) => !stops(inner, history) && history.length > 0);
    case 'by_rank':
      throw new Error('a gate holds thresholds, not ranks');
    default:
      return policy satisfies never;
  }
}

function gateOf(gates: readonly (readonly [number, number])[]): Gate {
  return {
    metric: 'accuracy',
    goal: 'maximize',
    rungs: gates.map(([step, threshold]) => ({ step, threshold })),
  };
}

const shared = sharedDirectory();

describe.skipIf(shared === undefined)('shared: early stopping by value', () => {
  const text =
    shared === undefined ? '{}' : readFileSync(path.join(shared, 'conformance/pyglove.json'), 'utf8');
  const document = JSON.parse(text) as { early_stopping_cases?: readonly EarlyStoppingCase[] };
  const cases = (document.early_stopping_cases ?? []).filter(({ policy }) => policy.kind !== 'by_rank');

  test('there are two', () => expect(cases.map(({ id }) => id)).toEqual(['or', 'not']));

  test.each(cases)('$id', ({ policy, events }) => {
    for (const { trial, step, reward, should_stop } of events) {
      const history = events
        .filter((event) => event.trial === trial && event.step <= step)
        .map((event) => ({ step: event.step, metrics: { accuracy: event.reward } }));
      expect([trial, reward, stops(policy, history)]).toEqual([trial, reward, should_stop]);
    }
  });
});
