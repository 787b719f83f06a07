import { isStreamed } from '../data/data-set.js';
import type { TrainingData } from '../data/data-set.js';
import { elementCount } from '../../networks/network-graph/index.js';
import type { Feed, LoadedGraph, TensorValues } from '../tensorflow.js';
import { fedNumberCount, fedNumbers } from './optimizers.js';
import type { Optimizer, StepNumbers } from './optimizers.js';
import { unpacked } from './packed-parameters.js';
import type { Pack } from './packed-parameters.js';
import type { EvaluationSums, SeedOf, TrainingState } from './training-step.js';

/** What `data/written` takes: the data set, without its images where they are streamed. */
export function dataFeeds(data: TrainingData): Record<string, Feed> {
  const { labels, imageShape } = data;
  const feeds: Record<string, Feed> = {
    'data/new/labels': { type: 'int32', sizes: [labels.length], values: labels },
  };
  if (!isStreamed(data)) {
    const sizes = [labels.length, ...imageShape];
    feeds['data/new/images'] = { type: 'uint8', sizes, values: data.images };
  }
  return feeds;
}

/** A batch by its indices, with its images where they are streamed. */
export function batchFeeds(data: TrainingData, indices: Int32Array): Record<string, Feed> {
  const feeds: Record<string, Feed> = {
    indices: { type: 'int32', sizes: [indices.length], values: indices },
  };
  if (isStreamed(data)) {
    const sizes = [indices.length, ...data.imageShape];
    feeds['images'] = { type: 'uint8', sizes, values: data.images.take(indices) };
  }
  return feeds;
}

/** The numbers of a step, as its graph reads them. */
export function numberFeed(optimizer: Optimizer, numbers: StepNumbers, step: number): Feed {
  return { type: 'float', sizes: [fedNumberCount], values: fedNumbers(optimizer, numbers, step) };
}

/** For each of so many steps the seeds of all uses of random numbers, each with the number of the step. */
export function seedValues(uses: readonly string[], seeds: SeedOf, first: number, count: number): Int32Array {
  const own = uses.map(seeds);
  return Int32Array.from(
    Array.from({ length: count }, (_none, i) => own.flatMap((seed) => [seed, first + i])).flat(),
  );
}

/** The seeds of a step; nothing where it has no use of random numbers. */
export function seedFeeds(uses: readonly string[], seeds: SeedOf, step: number): Record<string, Feed> {
  if (uses.length === 0) return {};
  return { seeds: { type: 'int32', sizes: [uses.length, 2], values: seedValues(uses, seeds, step, 1) } };
}

/** Has the images of a batch at hand and begins to read those of the next, where they are streamed. */
export async function prepareBatch(data: TrainingData, indices: Int32Array, next: Int32Array): Promise<void> {
  if (!isStreamed(data)) return;
  await data.images.prepare(indices);
  if (next.length > 0) data.images.readAhead(next);
}

/** Names and sizes of the state in packs. */
export function stateSizes(packs: readonly Pack[]): ReadonlyMap<string, number> {
  return new Map(packs.flatMap(({ parts }) => parts.map(({ name, sizes }) => [name, elementCount(sizes)])));
}

/** The state in a graph's packs, by name. */
export function readState(graph: LoadedGraph, packs: readonly Pack[]): TrainingState {
  const values = graph.run(
    {},
    packs.map(({ variable }) => `value/${variable.name}`),
  );
  return new Map(packs.flatMap(({ parts }, i) => unpacked(parts, asFloats(values[i]))));
}

/** What `state/written` takes: each pack's numbers, found in a state by name. */
export function stateFeeds(packs: readonly Pack[], state: TrainingState): Record<string, Feed> {
  const feeds = packs.map(({ variable: { name, sizes }, parts }) => {
    const values = new Float32Array(elementCount(sizes));
    let start = 0;
    for (const part of parts) {
      const own = state.get(part.name);
      if (own?.length !== elementCount(part.sizes))
        throw new Error(`The state has no ${part.name} of the right size.`);
      values.set(own, start);
      start += own.length;
    }
    return [`new/${name}`, { type: 'float', sizes, values }] as const;
  });
  return Object.fromEntries(feeds);
}

/** The fetched sums of an evaluation. */
export function evaluationSums(values: TensorValues | undefined): EvaluationSums {
  return { loss: values?.[0] ?? Number.NaN, correct: values?.[1] ?? Number.NaN };
}

/** Fetched numbers as floats. */
export function asFloats(values: unknown): Float32Array {
  if (values instanceof Float32Array) return values;
  throw new Error('TensorFlow returned no floats.');
}
