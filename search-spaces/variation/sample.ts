import { type ChoiceSource, RandomStream, type Rng } from '../../foundation/numbers/index.js';
import type { Compiled, Decisions } from '../genomes/compile.js';
import { compile } from '../genomes/compile.js';
import { drawPlan } from './draw.js';
import { FeasibleDrawer } from './feasible-drawer.js';
import type { Genome } from '../views/genome.js';
import { atOfPlan } from '../enumeration/rank.js';
import { noFeasiblePoint } from '../ground/space-error.js';
import { firstOfPlan, nextOfPlan } from '../enumeration/sweep-order.js';

/** A source to draw from: an `Rng` is read from its position on and never changed. */
export function sourceOf(random: Rng | ChoiceSource): ChoiceSource {
  return 'key' in random ? new RandomStream(random) : random;
}

export interface SampleOptions {
  /** `decisions`: each decision by itself (default). `points`: all points of a finite space are equally likely. */
  readonly law?: 'decisions' | 'points';
  /** How often `sample` draws a part that violates its constraints again before it gives up (1,000). */
  readonly maxRejects?: number;
}

/**
 * A random genome: every decision is drawn by itself, given that it is active, so that a candidate with a large
 * space below it is as likely as one without. Weights and scales are honoured. Where the space is known, a part that
 * violates its constraints is drawn again. Throws `SpaceError` `no_feasible_point`.
 */
export function sample(x: Decisions, random: Rng | ChoiceSource, options?: SampleOptions): Genome {
  const compiled = compile(x);
  if (options === undefined && !compiled.traits.constrains) {
    const numbers: number[] = [];
    drawPlan(compiled.plan, sourceOf(random), numbers);
    return numbers;
  }
  return drawFeasible(compiled, sourceOf(random), options ?? {}).genome;
}

/** A sample, and how many draws were rejected because they violate constraints. */
export interface CountedSample {
  readonly genome: Genome;
  readonly rejected: number;
}

/** The same sample with the number of rejected draws. */
export function sampleCounted(
  x: Decisions,
  random: Rng | ChoiceSource,
  options: SampleOptions = {},
): CountedSample {
  return drawFeasible(compile(x), sourceOf(random), options);
}

function drawFeasible(
  compiled: Compiled,
  source: ChoiceSource,
  { law = 'decisions', maxRejects = 1000 }: SampleOptions,
): CountedSample {
  if (law === 'points') {
    for (let rejected = 0; rejected <= maxRejects; rejected++) {
      const genome = atOfPlan(compiled.plan, drawBelow(compiled.plan.size, source));
      if (compiled.violation(genome) === null) return { genome, rejected };
    }
    throw noFeasiblePoint(maxRejects);
  }
  const { template, traits } = compiled;
  if (template === null || !traits.constrains) {
    const numbers: number[] = [];
    drawPlan(compiled.plan, source, numbers);
    return { genome: numbers, rejected: 0 };
  }
  return new FeasibleDrawer(compiled, source, maxRejects).draw(template);
}

const words32 = 0x1_0000_0000n;

/** A uniform integer below a size of any length. */
function drawBelow(size: bigint | 'infinite', source: ChoiceSource): bigint {
  if (size === 'infinite') return 0n;
  if (size <= words32) return BigInt(source.below(Number(size)));
  let words = 1;
  for (let range = words32; range < size; range *= words32) words++;
  const range = words32 ** BigInt(words);
  const limit = range - (range % size);
  for (;;) {
    let drawn = 0n;
    for (let i = 0; i < words; i++) drawn = drawn * words32 + BigInt(source.below(Number(words32)));
    if (drawn < limit) return drawn % size;
  }
}

/** After so many repeats in a row `sampleBatch` takes the rest of a distinct batch in sweep order. */
const repeatLimit = 100;

/**
 * `count` random genomes from one stream. With `distinct` no genome comes twice; a space with fewer points yields
 * all of them, and the rare ones, which random draws keep missing, come last in sweep order.
 */
export function sampleBatch(
  x: Decisions,
  random: Rng | ChoiceSource,
  count: number,
  options: SampleOptions & { readonly distinct?: boolean } = {},
): readonly Genome[] {
  const compiled = compile(x);
  const { plan } = compiled;
  const source = sourceOf(random);
  const isPlain = !compiled.traits.constrains && options.law !== 'points';
  const draw = (): Genome => {
    if (!isPlain) return drawFeasible(compiled, source, options).genome;
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
    if (compiled.violation(genome) === null) add(genome);
    genome = nextOfPlan(plan, genome);
  }
  return batch;
}
