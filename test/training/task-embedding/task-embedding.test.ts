import { expect, test } from 'vitest';
import { readTaskEmbedding, shippedProbes } from '../../../algorithms/contract/index.js';
import { distanceMatrix, libraryThreshold } from '../../../algorithms/warm-start/index.js';
import { families, generatedTask } from '../../../bench/warm-darts/generated-tasks.js';
import { oneOf, space } from '../../../search-spaces/index.js';
import { trainClassifier } from '../../../training/index.js';
import type { DataSet } from '../../../training/index.js';
import { FiledSlice } from '../../support/filed-slice.js';
import { patterns } from '../../support/training-laboratory.js';

const layers = space({ first: oneOf(['conv', 'pool']) });

async function embedded(dataset: DataSet, probe: keyof typeof shippedProbes = 'small') {
  const { hash, filters } = shippedProbes[probe];
  const slice = { kind: 'embed', probe: hash, values: filters + 16 } as const;
  const trial = new FiledSlice(0, slice, null, { folder: '', space: layers, genome: [0] });
  const metrics = await trainClassifier({ dataset, validationExamples: 100 })({}, trial);
  if ('infeasible' in metrics) throw new Error('It was not embedded.');
  return { metrics, values: trial.handedBack, ...readTaskEmbedding(trial.handedBack) };
}

test('the nearest neighbour of a generated task is of its family, and equal data have equal embeddings', async () => {
  const tasks = families.flatMap((family) => ['1', '2', '3'].map((variant) => ({ family, variant })));
  const embeddings: (readonly number[])[] = [];
  const fingerprints = new Set<string>();
  for (const task of tasks) {
    const { embedding, fingerprint, metrics } = await embedded(generatedTask({ ...task, examples: 420 }));
    expect(metrics.accuracy).toBeGreaterThan(0.4);
    embeddings.push(embedding);
    fingerprints.add(fingerprint);
  }
  expect(fingerprints.size).toBe(tasks.length);
  const distances = distanceMatrix(embeddings);
  const right = tasks.filter(({ family }, place) => {
    const row = distances[place] ?? [];
    const nearest = row.reduce(
      (best, distance, other) => (other !== place && distance < (row[best] ?? 2) ? other : best),
      -1,
    );
    return tasks[nearest]?.family === family;
  });
  expect(right.length).toBeGreaterThanOrEqual(8);
  // Every distance within a family is below every one between families.
  expect(libraryThreshold(embeddings)).toBeLessThan(0.45);
  const first = generatedTask({ family: 'grating', variant: '1', examples: 420 });
  const again = await embedded({ ...first, images: first.images.slice() });
  expect(again.embedding).toEqual(embeddings[0]);
}, 120_000);

test('colours are embedded by both probes, and a grey image by the probe of colours', async () => {
  const colours = patterns(160, [10, 12, 3]);
  const grey = patterns(160, [10, 12, 1]);
  for (const data of [colours, grey]) {
    for (const probe of ['small', 'large'] as const) {
      const { embedding } = await embedded(data, probe);
      expect(embedding).toHaveLength(shippedProbes[probe].filters);
      expect(embedding.every((one) => Number.isFinite(one) && one >= 0)).toBe(true);
      expect(embedding.filter((one) => one > 0).length).toBeGreaterThan(embedding.length / 2);
    }
  }
});
