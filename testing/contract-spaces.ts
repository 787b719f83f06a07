import { bool, float, int, manyOf, oneOf, optional, permutation, space } from '../search-spaces/index.js';

const digits = [0, 1, 2, 3, 4, 5] as const;

/** Spaces that together have every kind of decision: six points, nested choices, and floats. */
export const contractSpaces = {
  small: space({ a: oneOf([1, 2, 3]), b: bool() }),
  conditional: space({
    layers: manyOf(2, [{ width: int(1, 300) }, { kind: oneOf(['conv', 'pool']), norm: bool() }, 'skip'], {
      distinct: false,
    }),
    head: optional({ rate: int(1, 64, { scale: 'log' }), order: permutation(['x', 'y', 'z']) }),
    chosen: manyOf(3, digits, { sorted: true }),
  }),
  continuous: space({
    rate: float(1e-4, 1e-1, { scale: 'log' }),
    momentum: float(0.5, 0.999, { scale: 'reverseLog' }),
    units: int(16, 512, { scale: 'log' }),
    activation: oneOf(['relu', 'tanh', { leak: float(0, 1) }]),
  }),
};
