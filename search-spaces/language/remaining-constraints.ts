import { mayExist } from './check-references.js';
import type { Expression } from '../expressions/expression.js';
import { asksForPlaces, pathsOf } from '../expressions/parse-expression.js';
import type { Constrained, Constraint, Space } from './space.js';

/** Fails wherever it is calculated, which violates a constraint. */
const failing: Expression = ['/', 1, 0];

/**
 * The constraints of a part that still decide something after some of its decisions were made. A place that can no
 * longer exist satisfies a constraint that does not ask for places; one that asks still fails where it reads the place.
 */
export function remainingConstraints(constraints: readonly Constraint[], of: Space): readonly Constraint[] {
  return constraints.flatMap((constraint) => {
    const { expr } = constraint;
    if (pathsOf(expr).every((path) => mayExist(of, path))) return [constraint];
    return asksForPlaces(expr) ? [{ ...constraint, expr: withoutPlaces(expr, of) }] : [];
  });
}

/** A constrained part with the constraints that remain; the bare part when none does. */
export function withRemainingConstraints(node: Constrained): Space {
  const constraints = remainingConstraints(node.constraints, node.of);
  return constraints.length === 0 ? node.of : { ...node, constraints };
}

function withoutPlaces(expr: Expression, of: Space): Expression {
  if (expr === null || typeof expr !== 'object') return expr;
  const [operator, ...given] = expr;
  if (operator === 'path') return mayExist(of, String(given[0])) ? expr : failing;
  return [operator, ...given.map((part) => withoutPlaces(part, of))];
}
