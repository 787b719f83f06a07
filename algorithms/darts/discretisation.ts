import { dexp, dlog } from '../../foundation/numbers/index.js';
import { derive, type Logits } from '../../search-spaces/programs/index.js';
import type { Genome, View } from '../../search-spaces/views/index.js';
import {
  choicesMade,
  type MadeChoice,
  type Relaxation,
  type RelaxedChoice,
  type RelaxedSite,
} from '../contract/relaxation.js';

/** The options of each row that are left, in ascending order; the branch of zero has the number after the last option. */
export type OptionsLeft = readonly (readonly number[])[];

/** Logits of all rows, as a `mix` slice hands them back, with the options that are left. */
export interface Mixture {
  readonly relaxation: Relaxation;
  readonly logits: ArrayLike<number>;
  readonly left: OptionsLeft;
}

/** All options of all rows. */
export function allLeft({ rows }: Relaxation): OptionsLeft {
  return rows.map(({ length }) => Array.from({ length }, (_none, option) => option));
}

/** The weights of a row: the softmax of the logits that are left, 0 for the others; that of zero comes last. */
export function weightsOf(mixture: Mixture, row: number): readonly number[] {
  const known = knownWeights.get(mixture) ?? new Map<number, readonly number[]>();
  knownWeights.set(mixture, known);
  const before = known.get(row);
  if (before !== undefined) return before;
  const weights = computedWeights(mixture, row);
  known.set(row, weights);
  return weights;
}

// An architecture with few skips is derived of one mixture again and again.
const knownWeights = new WeakMap<Mixture, Map<number, readonly number[]>>();

function computedWeights({ relaxation, logits, left }: Mixture, row: number): readonly number[] {
  const { offset, length } = rowAt(relaxation, row);
  const own = left[row] ?? [];
  const largest = own.reduce(
    (most, option) => Math.max(most, logits[offset + option] ?? 0),
    -Number.MAX_VALUE,
  );
  const shares = Array.from({ length }, (_none, option) =>
    own.includes(option) ? dexp((logits[offset + option] ?? 0) - largest) : 0,
  );
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => share / total);
}

/**
 * The architecture that a mixture stands for: at each choice the option of the largest weight, never the branch of zero;
 * of picks that differ the candidates whose derived choices weigh most. The lower option of equals. `dropped` gives rows an option
 * that counts as weightless.
 */
export function derivedGenome(
  view: View,
  mixture: Mixture,
  dropped: ReadonlyMap<number, number> = noneDropped,
): Genome {
  const { relaxation } = mixture;
  const best = relaxation.rows.map((_row, row) => bestOf(mixture, row, dropped.get(row)));
  const logits: Record<string, readonly number[]> = {};
  relaxation.rows.forEach(({ id, of, offset }, row) => {
    const options = optionsOf(mixture, row, dropped.get(row));
    logits[id] = Array.from({ length: of }, (_none, option) =>
      options.includes(option) ? (mixture.logits[offset + option] ?? 0) : -Number.MAX_VALUE,
    );
  });
  const weigh = (sites: readonly RelaxedSite[]): number =>
    sites.reduce((product, site) => {
      if (site.kind === 'sum') {
        const weights = site.below.map(weigh);
        logits[site.id] = weights;
        return product * taken(weights, site.k).reduce((all, weight) => all * weight, 1);
      }
      const { option = 0, weight = 0 } = best[site.row] ?? {};
      const below = site.below.map(weigh);
      return product * weight * (below[option] ?? 1);
    }, 1);
  weigh(relaxation.sites);
  return derive({ controls: view, space: view }, logits satisfies Logits);
}

/** As `derivedGenome`, with at most so many skips: the weakest ones count as weightless until there are no more. */
export function derivedWithFewSkips(view: View, mixture: Mixture, skips: SkipCount, most: number): Genome {
  const dropped = new Map<number, number>();
  for (;;) {
    const genome = derivedGenome(view, mixture, dropped);
    const found = skips(choicesMade(mixture.relaxation, genome));
    const weakest = found
      .filter(({ row, option }) => !dropped.has(row) && othersLeft(mixture, row, option))
      .map((made) => ({ ...made, weight: weightsOf(mixture, made.row)[made.option] ?? 0 }))
      .reduce<{ readonly row: number; readonly option: number; readonly weight: number } | null>(
        (least, made) => (least === null || made.weight < least.weight ? made : least),
        null,
      );
    if (found.length <= most || weakest === null) return genome;
    dropped.set(weakest.row, weakest.option);
  }
}

/** The choices among those of a genome that count as skips. */
export type SkipCount = (made: readonly MadeChoice[]) => readonly MadeChoice[];

/**
 * The options that are left when each row keeps its so many heaviest ones, that of zero among them (P-DARTS, Chen et al.,
 * ICCV 2019, section 3.2); the heaviest option that is not zero always stays. The lower option of equals.
 */
export function heaviestLeft(mixture: Mixture, keep: number): OptionsLeft {
  const { relaxation, left } = mixture;
  return relaxation.rows.map(({ of }, row) => {
    const weights = weightsOf(mixture, row);
    const own = left[row] ?? [];
    const order = [...own].sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a - b);
    const first = order.find((option) => option < of) ?? 0;
    const others = order.filter((option) => option !== first);
    // With the heaviest option first, the others follow by weight.
    return [first, ...others.slice(0, keep - 1)].sort((a, b) => a - b);
  });
}

/** The mean entropy of the weights of rows with several options left, in nats; 0 where there is none. */
export function meanEntropy(mixture: Mixture): number {
  const entropies = mixture.relaxation.rows.flatMap((_row, row) =>
    (mixture.left[row]?.length ?? 0) < 2 ? [] : [entropyOf(weightsOf(mixture, row))],
  );
  return entropies.reduce((sum, own) => sum + own / entropies.length, 0);
}

function entropyOf(weights: readonly number[]): number {
  return weights.reduce((sum, weight) => (weight > 0 ? sum - weight * dlog(weight) : sum), 0);
}

const noneDropped: ReadonlyMap<number, number> = new Map();

function rowAt({ rows }: Relaxation, row: number): RelaxedChoice {
  const found = rows[row];
  if (found === undefined) throw new Error(`The relaxation has no row ${row}.`);
  return found;
}

function othersLeft({ relaxation, left }: Mixture, row: number, option: number): boolean {
  const { of } = rowAt(relaxation, row);
  return (left[row] ?? []).some((other) => other < of && other !== option);
}

/** The options of a row that may be derived. */
function optionsOf(
  { relaxation, left }: Mixture,
  row: number,
  dropped: number | undefined,
): readonly number[] {
  const { of } = rowAt(relaxation, row);
  return (left[row] ?? []).filter((option) => option < of && option !== dropped);
}

/** The heaviest option of a row that is not zero, with its weight. */
function bestOf(
  mixture: Mixture,
  row: number,
  dropped: number | undefined,
): { readonly option: number; readonly weight: number } {
  const { offset } = rowAt(mixture.relaxation, row);
  const options = optionsOf(mixture, row, dropped);
  const logitOf = (option: number): number => mixture.logits[offset + option] ?? 0;
  // By logits, because weights of two very small ones may round to one number.
  const option = options.reduce(
    (best, other) => (logitOf(other) > logitOf(best) ? other : best),
    options[0] ?? 0,
  );
  return { option, weight: weightsOf(mixture, row)[option] ?? 0 };
}

function taken(weights: readonly number[], k: number): readonly number[] {
  return [...weights].sort((a, b) => b - a).slice(0, k);
}
