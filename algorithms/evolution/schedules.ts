import type { Expression } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';

const pi = 3.141592653589793;

/** The current step: the argument of every schedule. */
export const step: Expression = ['step'];

/** From a at step 0 to b at step `duration` on a straight line, and on beyond it. */
export function linear(duration: number, a: number, b: number): Expression {
  return ['+', a, ['/', ['*', step, b - a], duration]];
}

/** From a at step 0 to b at step `duration` along half a cosine. */
export function cosineDecay(duration: number, a: number, b: number): Expression {
  return ['+', ['*', (a - b) / 2, ['+', 1, ['fn', 'cos', ['/', ['*', pi, step], duration]]]], b];
}

/** `start`·`rate`^(step / `every`); `staircase` takes whole powers only. */
export function exponentialDecay(rate: number, every: number, start: number, staircase = false): Expression {
  const power: Expression = ['/', step, every];
  return ['*', start, ['fn', 'pow', rate, staircase ? ['floor', power] : power]];
}

/** A cosine between `high` (at phase 0) and `low`, once every `duration` steps. */
export function cyclic(duration: number, phase: number, high: number, low: number): Expression {
  const angle: Expression = ['+', phase, ['/', ['*', 2 * pi, step], duration]];
  return ['+', ['*', (high - low) / 2, ['+', 1, ['fn', 'cos', angle]]], low];
}

/** A value held between two bounds. */
export function clamp(value: Expression, low: number, high: number): Expression {
  return ['fn', 'clamp', value, low, high];
}

/**
 * One schedule after the other. Each reads its own step from 0; after the end the last value stays. Lengths are steps,
 * or with `total` shares of it.
 */
export function stepwise(
  phases: readonly (readonly [length: number, value: Expression])[],
  total?: number,
): Expression {
  if (phases.length === 0) throw new AlgorithmError('stepwise needs at least one phase');
  const sum = phases.reduce((all, [length]) => all + length, 0);
  let start = 0;
  const bounds = phases.map(([length, value]) => {
    const steps = total === undefined ? length : Math.floor((length / sum) * total);
    const phase = { start, steps, value };
    start += steps;
    return phase;
  });
  return bounds.reduceRight<Expression | null>((after, { start: from, steps, value }) => {
    const own: Expression = ['-', step, from];
    const held = after === null ? (['min', own, Math.max(0, steps - 1)] as const) : own;
    const shifted = withStep(value, held);
    return after === null ? shifted : ['if', ['<', step, from + steps], shifted, after];
  }, null);
}

function withStep(expression: Expression, replacement: Expression): Expression {
  if (expression === null || typeof expression !== 'object') return expression;
  const [operator, ...given] = expression;
  return operator === 'step'
    ? replacement
    : [operator, ...given.map((argument) => withStep(argument, replacement))];
}
