import type { Expression } from '../expressions/expression.js';
import { expressionFunction } from '../expressions/expression-function.js';
import { show, SpaceError } from '../ground/space-error.js';
import type { ValueKind, ValueType } from './value-type.js';
import { arrayType, numberType, typeOfKind, typeOfValue, unionOfTypes } from './value-type.js';

/** Finds the type at a path, or throws; only a path that a `has` guards may be missing: null = nothing is there. */
export type PathType = (path: string, isGuarded: boolean) => ValueType | null;

/**
 * The type of an expression's value. Throws `SpaceError` where the expression could fail for some point of the space:
 * arguments of the wrong kind, a divisor that may be 0, a number that may be infinite.
 */
export function typeOfExpression(expression: Expression, pathType: PathType): ValueType {
  return new TypeReader(pathType).read(expression, []);
}

function refuse(detail: string): never {
  throw new SpaceError({ code: 'bad_expr', id: null, pos: null, detail });
}

/** The places that exist if a condition has the given truth. */
export function guardedPaths(condition: Expression, truth: boolean): readonly string[] {
  if (condition === null || typeof condition !== 'object') return [];
  const [operator, ...given] = condition;
  switch (operator) {
    case 'has':
      return truth && typeof given[0] === 'string' ? [given[0]] : [];
    case 'and':
      return truth ? given.flatMap((part) => guardedPaths(part, true)) : [];
    case 'or':
      return truth ? [] : given.flatMap((part) => guardedPaths(part, false));
    case 'not':
      return guardedPaths(given[0] ?? null, !truth);
    default:
      return [];
  }
}

/** Whether a place exists wherever one of the guarded places does. */
export function isGuarded(path: string, guards: readonly string[]): boolean {
  return guards.some(
    (guard) => guard === path || guard.startsWith(`${path}.`) || guard.startsWith(`${path}[`),
  );
}

class TypeReader {
  private readonly pathType: PathType;

  constructor(pathType: PathType) {
    this.pathType = pathType;
  }

  read(expression: Expression, guards: readonly string[]): ValueType {
    if (expression === null || typeof expression !== 'object') return typeOfValue(expression);
    const [operator, ...given] = expression;
    const argument = (i: number): ValueType => this.read(given[i] ?? null, guards);
    const of = (i: number, kind: ValueKind): ValueType => wanted(argument(i), kind, operator);
    const numbers = (): readonly ValueType[] => given.map((_, i) => of(i, 'number'));
    switch (operator) {
      case 'path': {
        const path = String(given[0]);
        return this.pathType(path, isGuarded(path, guards)) ?? unionOfTypes([]);
      }
      case 'has':
        return typeOfKind('boolean');
      case 'if': {
        const condition = given[0] ?? null;
        of(0, 'boolean');
        return unionOfTypes([
          this.read(given[1] ?? null, [...guards, ...guardedPaths(condition, true)]),
          this.read(given[2] ?? null, [...guards, ...guardedPaths(condition, false)]),
        ]);
      }
      case 'and':
      case 'or':
      case 'implies': {
        let known = guards;
        for (const part of given) {
          wanted(this.read(part, known), 'boolean', operator);
          known = [...known, ...guardedPaths(part, operator !== 'or')];
        }
        return typeOfKind('boolean');
      }
      case 'not':
        of(0, 'boolean');
        return typeOfKind('boolean');
      case '==':
      case '!=':
        argument(0);
        argument(1);
        return typeOfKind('boolean');
      case '<':
      case '<=':
      case '>':
      case '>=': {
        const both = unionOfTypes([argument(0), argument(1)]);
        const kind = [...both.kinds];
        if (kind.length > 1 || (kind.length === 1 && kind[0] !== 'number' && kind[0] !== 'string')) {
          refuse(`${show(operator)} needs two numbers or two strings.`);
        }
        return typeOfKind('boolean');
      }
      case 'in':
        argument(0);
        of(1, 'array');
        return typeOfKind('boolean');
      case 'count': {
        argument(1);
        return numberType(0, of(0, 'array').mostItems);
      }
      case 'len': {
        const type = argument(0);
        for (const kind of type.kinds) {
          if (kind !== 'array' && kind !== 'string') refuse(`${show(operator)} needs a list or a string.`);
        }
        return numberType(0, type.kinds.has('string') ? Number.MAX_SAFE_INTEGER : type.mostItems);
      }
      case 'sum': {
        const list = of(0, 'array');
        if (list.items === null) return numberType(0, 0);
        const { min, max } = wanted(list.items, 'number', operator);
        return finite(Math.min(0, min * list.mostItems), Math.max(0, max * list.mostItems), operator);
      }
      case 'list':
        return arrayType(
          given.length === 0 ? null : unionOfTypes(given.map((_, i) => argument(i))),
          given.length,
        );
      case '+':
        return fold(numbers(), operator, (a, b) => [a.min + b.min, a.max + b.max]);
      case '-':
        if (given.length === 1) {
          const { min, max } = of(0, 'number');
          return numberType(-max, -min);
        }
        return fold(numbers(), operator, (a, b) => [a.min - b.max, a.max - b.min]);
      case '*':
        return fold(numbers(), operator, (a, b) => ends(a, b, (x, y) => x * y));
      case '/': {
        const divisor = of(1, 'number');
        if (divisor.min <= 0 && divisor.max >= 0) refuse('a divisor may be 0 here.');
        return fold([of(0, 'number'), divisor], operator, (a, b) => ends(a, b, (x, y) => x / y));
      }
      case '%': {
        const dividend = of(0, 'number');
        const divisor = of(1, 'number');
        if (divisor.min <= 0 && divisor.max >= 0) refuse('a divisor may be 0 here.');
        const most = Math.max(Math.abs(divisor.min), Math.abs(divisor.max));
        return numberType(dividend.min < 0 ? -most : 0, dividend.max > 0 ? most : 0);
      }
      case 'min':
        return fold(numbers(), operator, (a, b) => [Math.min(a.min, b.min), Math.min(a.max, b.max)]);
      case 'max':
        return fold(numbers(), operator, (a, b) => [Math.max(a.min, b.min), Math.max(a.max, b.max)]);
      case 'abs': {
        const { min, max } = of(0, 'number');
        const most = Math.max(Math.abs(min), Math.abs(max));
        return numberType(min <= 0 && max >= 0 ? 0 : Math.min(Math.abs(min), Math.abs(max)), most);
      }
      case 'floor':
      case 'ceil':
      case 'round': {
        const { min, max } = of(0, 'number');
        return numberType(Math.floor(min), Math.ceil(max));
      }
      case 'fn': {
        given.slice(1).forEach((_, i) => argument(i + 1));
        const returns = expressionFunction(String(given[0]))?.returns ?? 'any';
        return returns === 'number' ? numberType(-Number.MAX_VALUE, Number.MAX_VALUE) : typeOfKind(returns);
      }
      case 'step':
      case 'old':
      case 'param':
        return typeOfKind('any');
      default:
        return operator satisfies never;
    }
  }
}

function wanted(type: ValueType, kind: ValueKind, operator: string): ValueType {
  for (const found of type.kinds) {
    if (found !== kind)
      refuse(`${show(operator)} needs a ${kind === 'array' ? 'list' : kind}, not a ${found}.`);
  }
  return type;
}

function fold(
  types: readonly ValueType[],
  operator: string,
  join: (a: ValueType, b: ValueType) => readonly [number, number],
): ValueType {
  const [first = numberType(0, 0), ...rest] = types;
  // A place that is never there has no numbers.
  if (types.some((type) => type.min > type.max)) return unionOfTypes([]);
  return rest.reduce((sum, type) => finite(...join(sum, type), operator), first);
}

function ends(a: ValueType, b: ValueType, join: (x: number, y: number) => number): readonly [number, number] {
  const all = [join(a.min, b.min), join(a.min, b.max), join(a.max, b.min), join(a.max, b.max)];
  return [Math.min(...all), Math.max(...all)];
}

function finite(min: number, max: number, operator: string): ValueType {
  if (!Number.isFinite(min) || !Number.isFinite(max))
    refuse(`${show(operator)} may give an infinite number here.`);
  return numberType(min, max);
}
