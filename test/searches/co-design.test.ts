import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import control from '../../examples/co-design/control.search.js';
import { fromTheKnee, hypervolume, type Merits } from '../../examples/co-design/choice.js';
import final from '../../examples/co-design/final.search.js';
import front from '../../examples/co-design/front.search.js';
import { architectures, network } from '../../examples/co-design/network.js';
import { scales } from '../../examples/co-design/scale.js';
import supernet from '../../examples/co-design/supernet.search.js';
import training from '../../examples/co-design/training.search.js';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import { decode, sample, sizeOfView, view } from '../../search-spaces/index.js';
import { planSearch, toDefinition, type Search, type SearchDefinition } from '../../searches/index.js';

const bundle = { hash: '0'.repeat(64), packages: '' };

function defined(search: Search): SearchDefinition {
  return toDefinition(search, bundle, undefined, (id) => ({
    evaluator: {
      kind: 'sharedWeights',
      search: id,
      setting: '1'.repeat(64),
      weights: '2'.repeat(64),
      trial: scales.full.epochs - 1,
      step: 1,
      pure: true,
    },
    space: architectures,
  }));
}

describe('the search files of the main job', () => {
  test.each([
    ['supernet', supernet, ['data']],
    ['training', training, ['data', 'architecture']],
    ['final', final, ['data', 'architecture']],
  ])('%s reads its context and nothing else', (name, search, dependsOn) => {
    const definition = defined(search);
    expect(definition.levels.map((level) => level.dependsOn)).toEqual([dependsOn]);
    expect(() => planSearch(name, definition, 0, {})).toThrow('reads "data" from its context');
    const context = { data: { set: 'mnist' }, architecture: {}, accelerator: {} };
    const plan = planSearch(name, definition, 0, context);
    expect(Object.keys(plan.context)).toEqual(dependsOn);
    const { action } = plan.algorithm.propose(plan.algorithm.init(), 0);
    expect(action.kind).toBe('trial');
  });

  test('front and control differ in their algorithms and seeds alone', () => {
    const [own, other] = [defined(front), defined(control)];
    expect(own.levels.map(({ budget }) => budget)).toEqual([
      { trials: scales.full.accelerators },
      { trials: scales.full.architectures },
    ]);
    const without = ({ levels, ...rest }: SearchDefinition): object => ({
      ...{ ...rest, name: '', seed: 0 },
      levels: levels.map((level) => ({ ...level, algorithm: null })),
    });
    expect(without(own)).toEqual(without(other));
    expect(own.evaluator).toMatchObject({ kind: 'sharedWeights', search: 'co-design/supernet' });
  });

  test('every architecture is a network of its own shape', () => {
    expect(sizeOfView(view(architectures))).toBe(62_500n);
    const hashes = new Set<string>();
    for (let seed = 0; seed < 40; seed += 1) {
      const genome = sample(architectures, rngFromSeed(seed));
      // A point of this space is an architecture.
      const graph = network(decode(architectures, genome));
      expect(graph.format).toBe('duramen-network/1');
      hashes.add(JSON.stringify(graph));
    }
    expect(hashes.size).toBeGreaterThan(30);
  });
});

describe('the choice between points of a front', () => {
  const point = (accuracy: number, latency: number, energy: number): Merits => ({
    accuracy,
    latency,
    energy,
  });

  test('the hypervolume is the share of the box that points dominate', () => {
    // The box reaches a tenth beyond the worst values.
    const corners = [point(1, 0, 0), point(1 / 11, 10 / 11, 10 / 11)];
    expect(hypervolume([point(0.5, 0.5, 0.5)], corners)).toBeCloseTo(0.125, 12);
    expect(hypervolume([point(1, 0, 0)], corners)).toBeCloseTo(1, 12);
    expect(hypervolume([point(0, 0, 0)], corners)).toBeCloseTo(0, 12);
    // Two boxes of 0.25 that share 0.125.
    const two = [point(0.5, 0.5, 0), point(0.5, 0, 0.5)];
    expect(hypervolume(two, corners)).toBeCloseTo(0.375, 12);
    expect(hypervolume([...two, point(0.25, 0.5, 0.5)], corners)).toBeCloseTo(0.375, 12);
    // Points that differ in no number span no box.
    expect(hypervolume([point(1, 1, 1)], [point(1, 1, 1)])).toBe(0);
  });

  test('the hypervolume is that of counting a grid', () => {
    const cells = 12;
    const coordinate = fc.integer({ min: 0, max: cells }).map((value) => value / cells);
    const points = fc.array(fc.tuple(coordinate, coordinate, coordinate), { minLength: 1, maxLength: 8 });
    const corners = [point(1, 0, 0), point(1 / 11, 10 / 11, 10 / 11)];
    fc.assert(
      fc.property(points, (all) => {
        let counted = 0;
        for (let x = 0.5; x < cells; x += 1)
          for (let y = 0.5; y < cells; y += 1)
            for (let z = 0.5; z < cells; z += 1)
              if (all.some(([a, l, e]) => a >= x / cells && l <= y / cells && e <= z / cells)) counted += 1;
        const merits = all.map(([accuracy, latency, energy]) => point(accuracy, latency, energy));
        expect(hypervolume(merits, corners)).toBeCloseTo(counted / cells ** 3, 9);
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  test('the knee is nearest to the best of each number', () => {
    const [accurate, quick, middle] = [point(0.9, 100, 10), point(0.5, 10, 1), point(0.85, 30, 3)];
    expect(fromTheKnee([accurate, quick, middle])[0]).toBe(middle);
    expect(fromTheKnee([quick])).toEqual([quick]);
    expect(fromTheKnee([])).toEqual([]);
    // Of equal points the first.
    expect(fromTheKnee([quick, { ...quick }])[0]).toBe(quick);
  });
});
