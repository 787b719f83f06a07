import type { LookUpContext } from '../expressions/evaluate-expression.js';
import { evaluateIn } from '../expressions/evaluate-expression.js';
import { pathSteps } from '../expressions/expression.js';
import { asksForPlaces, pathsOf } from '../expressions/parse-expression.js';
import { SpaceError } from '../ground/space-error.js';
import type { Constraint } from '../language/space.js';

/**
 * Whether a constraint holds where paths are found by `lookUp`. A missing place satisfies a constraint that does not
 * ask for places; a calculation that fails, such as a division by zero, violates it.
 */
export function isSatisfied({ expr }: Constraint, lookUp: LookUpContext['lookUp']): boolean {
  const asks = asksForPlaces(expr);
  if (!asks && pathsOf(expr).some((path) => isMissing(path, lookUp))) return true;
  try {
    return evaluateIn(expr, { lookUp }) === true;
  } catch (error) {
    if (error instanceof SpaceError) return false;
    throw error;
  }
}

function isMissing(path: string, lookUp: LookUpContext['lookUp']): boolean {
  const steps = pathSteps(path);
  return steps === null || lookUp(steps) === undefined;
}
