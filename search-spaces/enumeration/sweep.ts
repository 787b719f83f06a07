import type { Decisions } from '../genomes/compile.js';
import { compile, size } from '../genomes/compile.js';
import type { Genome } from '../views/genome.js';
import { SpaceError } from '../ground/space-error.js';
import { firstOfPlan, nextOfPlan } from './sweep-order.js';

/** How many points a sweep left out because they violate a constraint. */
export interface SweepReport {
  readonly rejected: number;
}

/**
 * Every feasible point in sweep order; the generator returns how many points it left out. Throws `SpaceError`
 * `float_not_enumerable` before the first point of a space with floats: give it a grid.
 */
export function sweep(x: Decisions): Generator<Genome, SweepReport, undefined> {
  const compiled = compile(x);
  if (size(compiled) === 'infinite') {
    const detail = 'a space with floats has no last point; sweep a grid of it.';
    throw new SpaceError({ code: 'float_not_enumerable', id: null, pos: null, detail });
  }
  return points();

  function* points(): Generator<Genome, SweepReport, undefined> {
    let rejected = 0;
    const { plan } = compiled;
    for (let genome: Genome | null = firstOfPlan(plan); genome !== null; genome = nextOfPlan(plan, genome)) {
      if (compiled.violation(genome) === null) yield genome;
      else rejected++;
    }
    return { rejected };
  }
}

/**
 * How many points satisfy all constraints, found by walking through them; null where there are more than `limit` points
 * to walk through. Throws `SpaceError` `float_not_enumerable` for a space with floats.
 */
export function countFeasible(x: Decisions, limit: number): number | null {
  const compiled = compile(x);
  const points = size(compiled);
  if (points !== 'infinite' && points > BigInt(limit)) return null;
  let count = 0;
  const walk = sweep(compiled);
  while (walk.next().done !== true) count++;
  return count;
}
