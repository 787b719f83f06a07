import type { ContextOperator, Expression } from './expression.js';
import { argumentCounts, isContextOperator, isOperator, pathSteps } from './expression.js';
import { expressionFunction } from './expression-function.js';
import { show, SpaceError } from '../ground/space-error.js';

const maximumDepth = 64;
const maximumNodes = 10_000;

/**
 * Checks that a value is an expression. Throws `SpaceError` `bad_expr` whose `id` names the place:
 * `[1]` is the first argument, `[1][2]` the second argument of that. `known` lists the context operators that the
 * caller has values for.
 */
export function parseExpression(json: unknown, known: readonly ContextOperator[] = []): Expression {
  let nodes = 0;
  const refuse = (place: string, detail: string): never => {
    throw new SpaceError({ code: 'bad_expr', id: place, pos: null, detail });
  };
  const parse = (value: unknown, place: string, depth: number): Expression => {
    if (depth > maximumDepth) return refuse(place, `nested deeper than ${maximumDepth} levels.`);
    if (++nodes > maximumNodes) return refuse(place, `more than ${maximumNodes} parts.`);
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
    if (typeof value === 'number') {
      return Number.isFinite(value) ? value : refuse(place, `the number ${value} is not finite.`);
    }
    if (!Array.isArray(value)) return refuse(place, `${show(value)} is neither a scalar nor an array.`);
    const parts: readonly unknown[] = value;
    const [operator, ...given] = parts;
    if (!isOperator(operator)) return refuse(place, `${show(operator)} is no operator.`);
    if (isContextOperator(operator) && !known.includes(operator)) {
      return refuse(place, `${show(operator)} has no meaning here.`);
    }
    const [least, most] = argumentCounts[operator];
    if (given.length < least || given.length > most) {
      return refuse(place, wrongCount(show(operator), least, most, given.length));
    }
    if (operator === 'param' && typeof given[0] !== 'string') {
      return refuse(`${place}[1]`, `${show(given[0])} is no name of a parameter.`);
    }
    if (operator === 'fn') {
      const name = given[0];
      const found = typeof name === 'string' ? expressionFunction(name) : undefined;
      if (found === undefined) return refuse(`${place}[1]`, `no function ${show(name)} is defined.`);
      const [fewest, greatest] = found.takes;
      if (given.length - 1 < fewest || given.length - 1 > greatest) {
        return refuse(place, wrongCount(show(name), fewest, greatest, given.length - 1));
      }
    }
    if (operator === 'path' || operator === 'has') {
      const [path] = given;
      if (typeof path !== 'string' || pathSteps(path) === null) {
        return refuse(`${place}[1]`, `${show(path)} is no path such as "a.b[0]".`);
      }
      return [operator, path];
    }
    return [operator, ...given.map((argument, i) => parse(argument, `${place}[${i + 1}]`, depth + 1))];
  };
  return parse(json, '', 0);
}

function wrongCount(what: string, least: number, most: number, given: number): string {
  const wanted =
    least === most ? `${least}` : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
  return `${what} takes ${wanted} arguments, not ${given}.`;
}

/** Whether an expression asks if a place exists. */
export function asksForPlaces(expression: Expression): boolean {
  if (expression === null || typeof expression !== 'object') return false;
  const [operator, ...given] = expression;
  return operator === 'has' || given.some(asksForPlaces);
}

/** The paths that an expression reads, each once, in order. */
export function pathsOf(expression: Expression): readonly string[] {
  const found = new Set<string>();
  const visit = (part: Expression): void => {
    if (part === null || typeof part !== 'object') return;
    const [operator, ...given] = part;
    if (operator === 'path' && typeof given[0] === 'string') found.add(given[0]);
    for (const argument of given) visit(argument);
  };
  visit(expression);
  return [...found];
}
