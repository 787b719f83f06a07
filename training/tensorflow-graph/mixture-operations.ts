import { flag, int, type } from './attribute.js';
import type { Value } from './graph-writer.js';
import type { NonEmptyList } from './non-empty-list.js';
import type { Tape } from './tape.js';

/** Positive numbers that add up to one, as single values, from a vector of logits. */
export function softmaxWeights(tape: Tape, logits: Value): readonly Value[] {
  const { graph } = tape;
  const { sizes } = logits;
  const count = sizes[0] ?? 0;
  const weights = graph.float('Softmax', [logits], sizes);
  tape.record(weights, [logits], (gradient) => {
    const along = graph.float('Mul', [gradient, weights], sizes);
    const mean = graph.float('Sum', [along, graph.integers(0)], [1], {
      Tidx: type('int32'),
      keep_dims: flag(true),
    });
    return [graph.float('Mul', [graph.float('Sub', [gradient, mean], sizes), weights], sizes)];
  });
  const scalars = Array.from({ length: count }, () => ({ type: 'float', sizes: [] }) as const);
  const outputs = graph.ops('Unpack', [weights], scalars, { T: type('float'), num: int(count) });
  tape.recordTogether(outputs, [weights], (gradients) => [
    graph.float('Pack', gradients, sizes, { N: int(count) }),
  ]);
  return outputs;
}

/** Some of the numbers of a vector. */
export function selected(tape: Tape, vector: Value, places: readonly number[]): Value {
  const { graph } = tape;
  const [length = 0] = vector.sizes;
  // A product with a matrix of zeros and ones is its own inverse in the gradient.
  const sizes = [places.length, length];
  const ones = Float32Array.from(
    places.flatMap((place) => Array.from({ length }, (_none, i) => Number(i === place))),
  );
  const matrix = graph.constant('float', sizes, ones);
  const times = (left: Value, of: Value, transposed: boolean, size: number): Value => {
    const column = graph.float('ExpandDims', [of, graph.integer(1)], [-1, 1], { Tdim: type('int32') });
    const product = graph.float('MatMul', [left, column], [size, 1], {
      transpose_a: flag(transposed),
      transpose_b: flag(false),
    });
    return graph.float('Reshape', [product, graph.integers(size)], [size], { Tshape: type('int32') });
  };
  return tape.record(times(matrix, vector, false, places.length), [vector], (gradient) => [
    times(matrix, gradient, true, length),
  ]);
}

/** A value times one number. */
export function weighted(tape: Tape, value: Value, weight: Value): Value {
  const { graph } = tape;
  const { sizes } = value;
  const output = graph.float('Mul', [value, weight], sizes);
  return tape.record(output, [value, weight], (gradient, needed) => {
    const axes = graph.integers(...sizes.map((_size, axis) => axis));
    const slope = (): Value =>
      graph.float('Sum', [graph.float('Mul', [gradient, value], sizes), axes], [], {
        Tidx: type('int32'),
        keep_dims: flag(false),
      });
    return [
      needed[0] === true ? graph.float('Mul', [gradient, weight], sizes) : null,
      needed[1] === true ? slope() : null,
    ];
  });
}

/** A vector times one number that is not differentiated, plus another vector that is not. */
export function shiftedAndScaled(tape: Tape, vector: Value, shift: Value, factor: Value): Value {
  const { graph } = tape;
  const { sizes } = vector;
  const output = graph.float('Mul', [graph.float('AddV2', [vector, shift], sizes), factor], sizes);
  return tape.record(output, [vector], (gradient) => [graph.float('Mul', [gradient, factor], sizes)]);
}

/**
 * 1, whose slope by each of the shares is 1 where its gate is 1, and 0 where that is 0 (the straight-through estimator,
 * Bengio, Léonard and Courville, 2013).
 */
export function straightThrough(tape: Tape, shares: NonEmptyList<Value>, gates: readonly Value[]): Value {
  const { graph } = tape;
  const [first] = shares;
  // A value of its own for each list of shares: the tape knows values by what they were computed of.
  const one = graph.float('AddV2', [graph.float('Mul', [first, graph.number(0)], []), graph.number(1)], []);
  return tape.record(one, shares, (gradient) =>
    gates.map((gate) => graph.float('Mul', [gradient, gate], [])),
  );
}
