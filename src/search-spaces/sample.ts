import type { ChoiceSource, Rng } from '../numerics/rng.js';
import { RandomStream } from '../numerics/rng.js';
import type { Decisions } from './compile.js';
import { compile } from './compile.js';
import { drawPlan } from './draw.js';
import type { Genome } from './genome.js';
import { firstOfPlan, nextOfPlan } from './sweep-order.js';

/** A source to draw from: an `Rng` is read from its position on and never changed. */
export function sourceOf(random: Rng | ChoiceSource): ChoiceSource {
  return 'key' in random ? new RandomStream(random) : random;
}

/**
 * A random genome: every decision is drawn by itself, given that it is active, so that a candidate with a large
 * space below it is as likely as one without. Weights and scales are honoured.
 */
export function sample(x: Decisions, random: Rng | ChoiceSource): Genome {
  const numbers: number[] = [];
  drawPlan(compile(x).plan, sourceOf(random), numbers);
  return numbers;
}

/** After so many repeats in a row the rest of a distinct batch is taken in sweep order. */
const repeatLimit = 100;

/**
 * `count` random genomes from one stream. With `distinct` no genome comes twice; a space with fewer points yields
 * all of them, and the rare ones, which random draws keep missing, come last in sweep order.
 */
export function sampleBatch(
  x: Decisions,
  random: Rng | ChoiceSource,
  count: number,
  options: { readonly distinct?: boolean } = {},
): readonly Genome[] {
  const { plan } = compile(x);
  const source = sourceOf(random);
  const draw = (): Genome => {
    const numbers: number[] = [];
    drawPlan(plan, source, numbers);
    return numbers;
  };
  const batch: Genome[] = [];
  if (options.distinct !== true) {
    while (batch.length < count) batch.push(draw());
    return batch;
  }
  const seen = new Set<string>();
  const add = (genome: Genome): boolean => {
    const key = genome.join();
    if (seen.has(key)) return false;
    seen.add(key);
    batch.push(genome);
    return true;
  };
  const wanted = plan.size === 'infinite' || plan.size > BigInt(count) ? count : Number(plan.size);
  const patience = plan.size === 'infinite' ? repeatLimit * repeatLimit : repeatLimit;
  for (let repeats = 0; batch.length < wanted && repeats < patience;) repeats = add(draw()) ? 0 : repeats + 1;
  if (plan.size === 'infinite') return batch;
  for (let genome: Genome | null = firstOfPlan(plan); genome !== null && batch.length < wanted;) {
    add(genome);
    genome = nextOfPlan(plan, genome);
  }
  return batch;
}
