/** An ordinary description of a network; nothing in it knows of a search. */
export const network = {
  name: 'digits',
  layers: [
    { type: 'conv', kernel: 3, filters: 16, activation: 'relu' },
    { type: 'conv', kernel: 3, filters: 32, activation: 'relu' },
    { type: 'pool', size: 2 },
    { type: 'conv', kernel: 3, filters: 64, activation: 'relu' },
    { type: 'dense', units: 10, activation: 'softmax' },
  ],
} as const;

type Filters = { readonly layers: readonly { readonly type: string; readonly filters?: number }[] };

/**
 * A stand-in for training: wide layers fit better, each layer best with twice the filters of the one before, and
 * multiplications cost. Deterministic and quick, so that the example ends in seconds.
 */
export function cost({ layers }: Filters): number {
  const widths = layers.flatMap(({ filters }) => (filters === undefined ? [] : [filters]));
  let channels = 1;
  let total = 0;
  for (const width of widths) {
    total += 1000 / width + (9 * channels * width) / 2000 + Math.abs(width - 2 * channels) / 10;
    channels = width;
  }
  return total;
}
