import { describe, expect, test } from 'vitest';
import { sweep as sweepAlgorithm } from '../../algorithms/index.js';
import type { Genome } from '../../search-spaces/index.js';
import {
  at,
  first,
  float,
  grid,
  indexOf,
  int,
  last,
  listOf,
  next,
  oneOf,
  optional,
  size,
  space,
  sweep,
} from '../../search-spaces/index.js';
import { simulate } from '../../testing/index.js';

const refusal = expect.objectContaining({ code: 'float_not_enumerable' });

describe('a float whose range is a single value', () => {
  const spaces = {
    alone: space(float(2, 2)),
    beside: space({ n: int(1, 2), x: float(2, 2) }),
    below: space(oneOf(['a', { x: float(2, 2) }])),
    perhaps: space(optional(float(2, 2, { scale: 'log' }))),
    listed: space(listOf(float(2, 2), { min: 0, max: 2 })),
  };

  test.each(Object.entries(spaces))('makes a space infinite as any float does: %s', (_name, of) => {
    expect(size(of)).toBe('infinite');
    expect(() => sweep(of)).toThrow(refusal);
    expect(() => at(of, 0)).toThrow(refusal);
    expect(() => indexOf(of, first(of))).toThrow(refusal);
    expect(() => next(of, last(of))).toThrow(refusal);
  });

  test('has one value on a grid', () => {
    const onGrid = grid(spaces.beside, { points: {} });
    expect(size(onGrid)).toBe(2n);
    expect([...sweep(onGrid)]).toEqual([
      [1, 2],
      [2, 2],
    ]);
  });

  test('is swept by the algorithm of stored searches as before', async () => {
    const { trials, reason } = await simulate(sweepAlgorithm(), spaces.beside, () => 1, { trials: 10 });
    expect(trials.map(({ genome }): Genome => genome)).toEqual([
      [1, 2],
      [2, 2],
    ]);
    expect(reason).toEqual({ kind: 'exhausted' });
  });
});
