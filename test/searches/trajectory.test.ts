import { expect, test } from 'vitest';
import type { Metric, Outcome } from '../../algorithms/index.js';
import { sha256Hex } from '../../foundation/numbers/index.js';
import { emptyTrajectory, extendTrajectory } from '../../searches/index.js';

const metrics: readonly Metric[] = [
  { name: 'score', goal: 'maximize' },
  { name: 'size', goal: 'observe' },
  { name: 'latency', goal: 'minimize' },
];

const link = (outcome: Outcome, index = 3, genome: readonly number[] = [1, 0.5]): string =>
  extendTrajectory(emptyTrajectory, index, genome, outcome, metrics);

const scored: Outcome = { kind: 'scored', metrics: { latency: 2, score: 0.25, size: 9 } };

test('a link is the hash of the one before and of what was decided and found', () => {
  expect(link(scored)).toBe(sha256Hex(`${emptyTrajectory}\n[3,[1,0.5],"scored",[0.25,2]]`));
  expect(link({ kind: 'failed', class: 'Bug', message: 'x' })).toBe(
    sha256Hex(`${emptyTrajectory}\n[3,[1,0.5],"failed","Bug"]`),
  );
  expect(link({ kind: 'stopped', step: 8 })).toBe(sha256Hex(`${emptyTrajectory}\n[3,[1,0.5],"stopped",8]`));
  expect(link({ kind: 'cancelled' })).toBe(sha256Hex(`${emptyTrajectory}\n[3,[1,0.5],"cancelled",null]`));
});

test('messages, observed metrics, costs and the order of keys do not count', () => {
  expect(link({ kind: 'scored', metrics: { size: 1, score: 0.25, latency: 2, extra: 4 }, cost: 7 })).toBe(
    link(scored),
  );
  expect(link({ kind: 'failed', class: 'Bug', message: 'one' })).toBe(
    link({ kind: 'failed', class: 'Bug', message: 'two', cost: 3 }),
  );
  expect(link({ kind: 'infeasible', reason: 'one' })).toBe(link({ kind: 'infeasible', reason: 'two' }));
  expect(link({ kind: 'stopped', step: 8, metrics: { score: 1 } })).toBe(link({ kind: 'stopped', step: 8 }));
});

test('everything else counts', () => {
  const all = [
    link(scored),
    link(scored, 4),
    link(scored, 3, [1, 0.25]),
    link({ kind: 'scored', metrics: { score: 0.5, latency: 2 } }),
    link({ kind: 'scored', metrics: { score: 0.25, latency: 3 } }),
    link({ kind: 'failed', class: 'Bug', message: '' }),
    link({ kind: 'failed', class: 'Diverged', message: '' }),
    link({ kind: 'infeasible', reason: '' }),
    link({ kind: 'stopped', step: 1 }),
    link({ kind: 'stopped', step: 2 }),
    link({ kind: 'cancelled' }),
    extendTrajectory(link(scored), 3, [1, 0.5], scored, metrics),
    emptyTrajectory,
  ];
  expect(new Set(all).size).toBe(all.length);
});
