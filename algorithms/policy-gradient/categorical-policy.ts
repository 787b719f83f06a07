import { dexp, dlog, type ChoiceSource } from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/index.js';
import { decide, type IsLegal } from './decisions.js';
import type { Head, HeadTree } from './heads.js';

/**
 * Two ways to read logits stand side by side, for searches are reproducible to the bit. *Independent heads*
 * (`CategoricalPolicy`): all heads at once, none masked, log-probabilities from the logits. *Masked heads*
 * (`HeadDistribution`): one head at a time among its legal options, log-probabilities from the probabilities, with
 * exact zeros for illegal options.
 */
export type Logits = Float32Array | Float64Array;

/** Probabilities and log-probabilities of all options of all heads, in the order of the logits; none is masked. */
export interface CategoricalPolicy {
  readonly probabilities: Float64Array;
  readonly logarithms: Float64Array;
}

/** The distribution of one head among its legal options. */
export interface HeadDistribution {
  /** One for each option, 0 where it is illegal. */
  readonly probabilities: Float64Array;
  /** Their logarithms, 0 where the probability is 0. */
  readonly logarithms: Float64Array;
  /** In nats. */
  readonly entropy: number;
}

/** The policy of some logits: a softmax for each head. */
export function policyOf(
  { heads, size }: Pick<HeadTree, 'heads' | 'size'>,
  logits: Logits,
): CategoricalPolicy {
  const probabilities = new Float64Array(size);
  const logarithms = new Float64Array(size);
  for (const { offset, of } of heads) {
    let largest = -Infinity;
    for (let at = offset; at < offset + of; at += 1) largest = Math.max(largest, logits[at] ?? 0);
    let total = 0;
    for (let at = offset; at < offset + of; at += 1) {
      const weight = dexp((logits[at] ?? 0) - largest);
      probabilities[at] = weight;
      total += weight;
    }
    const logTotal = dlog(total);
    for (let at = offset; at < offset + of; at += 1) {
      probabilities[at] = (probabilities[at] ?? 0) / total;
      logarithms[at] = (logits[at] ?? 0) - largest - logTotal;
    }
  }
  return { probabilities, logarithms };
}

/** The probabilities of the options of a head: a softmax among the legal ones, of which there is at least one. */
export function probabilitiesOf(head: Head, logits: Logits, isLegal: IsLegal): Float64Array {
  const probabilities = new Float64Array(head.of);
  let largest = -Infinity;
  for (let option = 0; option < head.of; option += 1) {
    if (isLegal(option)) largest = Math.max(largest, logits[head.offset + option] ?? 0);
  }
  let total = 0;
  for (let option = 0; option < head.of; option += 1) {
    if (!isLegal(option)) continue;
    const weight = dexp((logits[head.offset + option] ?? 0) - largest);
    probabilities[option] = weight;
    total += weight;
  }
  return probabilities.map((weight) => weight / total);
}

/** The probabilities of `probabilitiesOf` with their logarithms and their entropy. */
export function distributionOf(head: Head, logits: Logits, isLegal: IsLegal): HeadDistribution {
  const probabilities = probabilitiesOf(head, logits, isLegal);
  const logarithms = probabilities.map((probability) => (probability > 0 ? dlog(probability) : 0));
  const entropy = -probabilities.reduce(
    (sum, probability, place) => sum + probability * (logarithms[place] ?? 0),
    0,
  );
  return { probabilities, logarithms, entropy };
}

/** Draws an option of an independent head: the last one takes what rounding leaves, whatever its probability. */
export function drawOption(
  { offset, of }: Head,
  { probabilities }: CategoricalPolicy,
  source: ChoiceSource,
): number {
  const unit = source.unit();
  let sum = 0;
  for (let option = 0; option < of - 1; option += 1) {
    sum += probabilities[offset + option] ?? 0;
    if (sum > unit) return option;
  }
  return of - 1;
}

/** Draws an option of a masked head: the last possible one takes what rounding leaves. */
export function drawPossibleOption(probabilities: Float64Array, source: ChoiceSource): number {
  const unit = source.unit();
  let sum = 0;
  let last = 0;
  for (const [option, probability] of probabilities.entries()) {
    if (probability <= 0) continue;
    last = option;
    sum += probability;
    if (unit < sum) return option;
  }
  return last;
}

/** Draws a genome with one random number for each active head, in sequence order, among its legal options. */
export function drawGenome(tree: HeadTree, logits: Logits, source: ChoiceSource): Genome {
  return decide(tree, (head, _, isLegal) =>
    drawPossibleOption(probabilitiesOf(head, logits, isLegal), source),
  );
}

/** The genome of the most probable legal option of every active head, each in turn; the first of equal ones. */
export function mostProbableGenome(tree: HeadTree, logits: Logits): Genome {
  return decide(tree, ({ offset, of }, _, isLegal) => {
    let best = -1;
    for (let option = 0; option < of; option += 1) {
      if (!isLegal(option)) continue;
      if (best < 0 || (logits[offset + option] ?? 0) > (logits[offset + best] ?? 0)) best = option;
    }
    return best;
  });
}

/** Entropy of an independent head in nats. */
export function entropyOf({ offset, of }: Head, { probabilities, logarithms }: CategoricalPolicy): number {
  let sum = 0;
  for (let at = offset; at < offset + of; at += 1) sum -= (probabilities[at] ?? 0) * (logarithms[at] ?? 0);
  return sum + 0;
}

/** KL(policy ‖ target) of an independent head in nats. */
export function divergenceOf(
  { offset, of }: Head,
  policy: CategoricalPolicy,
  target: CategoricalPolicy,
): number {
  let sum = 0;
  for (let at = offset; at < offset + of; at += 1) {
    const difference = (policy.logarithms[at] ?? 0) - (target.logarithms[at] ?? 0);
    sum += (policy.probabilities[at] ?? 0) * difference;
  }
  return sum;
}

/** Adds to `gradient` the slope of `weight` · log π(option) of an independent head with respect to its logits. */
export function addSlope(
  head: Head,
  { probabilities }: CategoricalPolicy,
  chosenOption: number,
  weight: number,
  gradient: Float64Array,
): void {
  for (let option = 0; option < head.of; option += 1) {
    const at = head.offset + option;
    const chosen = option === chosenOption ? 1 : 0;
    gradient[at] = (gradient[at] ?? 0) + weight * (chosen - (probabilities[at] ?? 0));
  }
}

/**
 * Adds to `gradient` the slope of `advantage` · log π(option) + `entropyWeight` · entropy of a masked head with respect
 * to its logits; illegal options have none.
 */
export function addMaskedSlope(
  head: Head,
  { probabilities, logarithms, entropy }: HeadDistribution,
  chosenOption: number,
  advantage: number,
  entropyWeight: number,
  gradient: Float64Array,
): void {
  for (const [option, probability] of probabilities.entries()) {
    const chosen = option === chosenOption ? 1 : 0;
    const slope =
      advantage * (chosen - probability) -
      entropyWeight * probability * ((logarithms[option] ?? 0) + entropy);
    gradient[head.offset + option] = (gradient[head.offset + option] ?? 0) + slope;
  }
}
