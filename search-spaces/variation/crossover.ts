import type { ChoiceSource, Rng } from '../../foundation/numbers/index.js';
import type { Compiled, Decisions } from '../genomes/compile.js';
import { compile } from '../genomes/compile.js';
import { averaged } from './crossover-average.js';
import { crossedPermutations } from './crossover-permutation.js';
import { crossedSegments } from './crossover-segments.js';
import { uniformChildren } from './crossover-uniform.js';
import type { Genome } from '../views/genome.js';
import { sourceOf } from './sample.js';
import { SpaceError } from '../ground/space-error.js';
import { requireGenome } from '../genomes/validate.js';
import type { Selection } from '../views/where.js';

/**
 * How genomes are crossed.
 * `uniform`, `sample`: every decision from a random parent, by weight; one child, or one per parent that keeps what
 * `where` leaves out. `average`, `weightedAverage`: ints and floats are averaged on their scales (`space: 'value'`:
 * plainly), everything else is kept per parent; equal children count once. `kPoint`, `segmented`: two parents, two
 * children, which change parents at k random cuts or at the given ones. `pmx`, `order`, `cycle`: two parents, two
 * children that differ from their parents in one random permutation.
 */
export type CrossoverOperator =
  | { readonly operator: 'uniform'; readonly where?: Selection }
  | { readonly operator: 'sample'; readonly weights: readonly number[]; readonly where?: Selection }
  | { readonly operator: 'average'; readonly space?: 'unit' | 'value'; readonly where?: Selection }
  | {
      readonly operator: 'weightedAverage';
      readonly weights: readonly number[];
      readonly space?: 'unit' | 'value';
      readonly where?: Selection;
    }
  | { readonly operator: 'kPoint'; readonly k: number }
  | { readonly operator: 'segmented'; readonly cuts: readonly number[] }
  | { readonly operator: 'pmx' | 'order' | 'cycle'; readonly where?: Selection };

export interface CrossoverOptions {
  /** Which children are acceptable; default: those that satisfy the constraints, where the space is known. */
  readonly feasible?: (genome: Genome) => boolean;
}

/** Draws of children at most: `crossover` draws those that violate constraints again. */
const feasibleAttempts = 100;

/**
 * The children of some parents. The decisions below a candidate always move with it. Children are valid; a parent takes
 * the place of a child for which no draw was feasible. Throws `SpaceError` for an invalid parent, and `bad_parents` for
 * a number of parents or weights that the operator does not take.
 */
export function crossover(
  x: Decisions,
  parents: readonly Genome[],
  random: Rng | ChoiceSource,
  operator: CrossoverOperator,
  options: CrossoverOptions = {},
): readonly Genome[] {
  const compiled = compile(x);
  const checked = parents.map((parent) => requireGenome(compiled.plan, parent));
  checkParents(checked, operator);
  const source = sourceOf(random);
  const { traits } = compiled;
  const isFeasible =
    options.feasible ?? (traits.constrains ? (genome: Genome) => compiled.violation(genome) === null : null);
  let children = cross(compiled, checked, source, operator);
  if (isFeasible === null) return children;
  for (let attempt = 1; attempt < feasibleAttempts && !children.every(isFeasible); attempt++) {
    children = cross(compiled, checked, source, operator);
  }
  return children.map((child, i) => (isFeasible(child) ? child : (checked[i] ?? checked[0] ?? child)));
}

function cross(
  { plan }: Compiled,
  parents: readonly Genome[],
  source: ChoiceSource,
  operator: CrossoverOperator,
): readonly Genome[] {
  switch (operator.operator) {
    case 'uniform':
      return uniformChildren(plan, parents, null, operator.where, source);
    case 'sample':
      return uniformChildren(plan, parents, operator.weights, operator.where, source);
    case 'average':
      return averaged(plan, parents, null, operator.space ?? 'unit', operator.where, source);
    case 'weightedAverage':
      return averaged(plan, parents, operator.weights, operator.space ?? 'unit', operator.where, source);
    case 'kPoint':
      return crossedSegments(plan, parents, { k: operator.k }, source);
    case 'segmented':
      return crossedSegments(plan, parents, { cuts: operator.cuts }, source);
    case 'pmx':
    case 'order':
    case 'cycle':
      return crossedPermutations(plan, parents, operator.operator, operator.where, source);
    default:
      return operator satisfies never;
  }
}

function checkParents(parents: readonly Genome[], operator: CrossoverOperator): void {
  const refuse = (detail: string): never => {
    throw new SpaceError({ code: 'bad_parents', id: null, pos: null, detail });
  };
  const takesTwo = !['uniform', 'sample', 'average', 'weightedAverage'].includes(operator.operator);
  if (takesTwo && parents.length !== 2) {
    refuse(`${operator.operator} crosses two parents, not ${parents.length}.`);
  }
  if (parents.length < 1) refuse(`${operator.operator} needs a parent.`);
  if (!('weights' in operator)) return;
  const { weights } = operator;
  const areWeights = weights.every((weight) => Number.isFinite(weight) && weight >= 0);
  if (weights.length !== parents.length || !areWeights || !weights.some((weight) => weight > 0)) {
    refuse(
      `the weights of ${parents.length} parents are as many numbers of at least 0, one of them above 0.`,
    );
  }
}
