import { afterAll, beforeAll, expect, test } from 'vitest';
import { bindAlgorithm, ma2ml, reportMa2ml } from '../../algorithms/index.js';
import type { Metric, Outcome, ToldTrial } from '../../algorithms/index.js';
import { acceleratorSpace } from '../../hardware/index.js';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import {
  smallMobileNetHeads,
  space,
  tagged,
  trainingHeads,
  trivialAugmentHeads,
  view,
} from '../../search-spaces/index.js';
import { finished, trial, Workplace } from '../support/workplace.js';

let place: Workplace;
beforeAll(() => {
  place = new Workplace();
});
afterAll(() => place.close());

const evaluate = `evaluate: async (parameters, trial) => {
  const { trainClassifier } = await import('duramen/training');
  const { acceleratorCosts } = await import('duramen/hardware');
  const count = 120, size = 64;
  const labels = new Int32Array(count).map((_, i) => i % 4);
  const images = new Uint8Array(count * size).map((_, i) => (labels[Math.floor(i / size)] * 37 + i * 101) % 256);
  const dataset = {
    name: 'stripes', hash: 'stripes', classes: 4, imageShape: [8, 8, 1], images, labels, testFrom: null,
    mean: 0.5, deviation: 0.25,
  };
  return trainClassifier({ dataset, validationExamples: 40, epochs: 1, costs: acceleratorCosts })(parameters, trial);
}`;

const metrics: readonly Metric[] = [
  { name: 'accuracy', goal: 'maximize' },
  { name: 'latency', goal: 'observe' },
  { name: 'area', goal: 'observe', atMost: 4 },
  { name: 'multiplyAdds', goal: 'observe' },
];

const algorithm = ma2ml({
  agents: [{ name: 'AUG' }, { name: 'NAS' }, { name: 'HPO' }, { name: 'hardware' }],
  costs: [
    { metric: 'multiplyAdds', target: 30_000, mode: 'hard' },
    { metric: 'latency', target: 20, mode: 'mnasnet' },
  ],
});

test('of four agents in one search, pipelines beyond a limit are told with their costs and never trained', async () => {
  const joint = space({
    accelerator: tagged(acceleratorSpace, 'hardware'),
    ...trivialAugmentHeads,
    ...smallMobileNetHeads,
    ...trainingHeads,
  });
  const address = await place.functionAddress(evaluate, {
    space: joint,
    metrics,
    algorithm,
  });
  const bound = bindAlgorithm(algorithm, view(joint), metrics, rngFromSeed(3), 'in-order');
  let state = bound.init();
  const told: ToldTrial[] = [];
  for (let index = 0; index < 8; index++) {
    const proposed = bound.propose(state, index);
    if (proposed.action.kind !== 'trial') throw new Error('There should be a trial.');
    state = proposed.state;
    const { genome } = proposed.action.proposal;
    const result = await place.evaluate(trial(address, { index, genome }));
    const { outcome } = finished(result);
    const record = await place.record(result).catch(() => null);
    expect(record?.attributes['training'] !== undefined, `trial ${index}`).toBe(outcome.kind === 'scored');
    told.push({ trial: { index, genome }, outcome });
  }
  const known = told.map(({ outcome }) => ('metrics' in outcome ? (outcome.metrics ?? {}) : {}));
  expect(known.every(({ latency = 0, area = 0 }) => latency > 0 && area > 0)).toBe(true);
  const isBeyond = ({ area = 0, multiplyAdds = 0 }): boolean => area > 4 || multiplyAdds > 30_000;
  const rejected = told.filter((_one, i) => isBeyond(known[i] ?? {}));
  expect(rejected.length).toBeGreaterThan(0);
  expect(rejected.length).toBeLessThan(8);
  for (const { outcome } of told) {
    const expected: Outcome['kind'] = rejected.some((one) => one.outcome === outcome)
      ? 'infeasible'
      : 'scored';
    expect(outcome.kind).toBe(expected);
    if (outcome.kind === 'infeasible')
      expect(outcome.reason).toMatch(
        /^The network was not trained: (area|multiplyAdds) \S+ is above the limit of (4|30000)\.$/,
      );
  }
  state = bound.tell(state, told);
  const report = reportMa2ml(algorithm, view(joint), metrics, state);
  expect(report.agents.map(({ name }) => name)).toEqual(['AUG', 'NAS', 'HPO', 'hardware']);
  // A trained pipeline counts as over target, too, where its latency is.
  const late = told.filter(
    ({ outcome }, i) => outcome.kind === 'scored' && (known[i]?.['latency'] ?? 0) > 20,
  );
  expect(report).toMatchObject({ evaluations: 8, unscored: 0, overTarget: rejected.length + late.length });
}, 120_000);
