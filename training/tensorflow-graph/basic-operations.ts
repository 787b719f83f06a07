import type { Attributes, Sizes } from './attribute.js';
import { flag, int, type } from './attribute.js';
import type { GraphWriter, Value } from './graph-writer.js';
import type { NonEmptyList } from './non-empty-list.js';
import { addAll } from './tape.js';
import type { Tape } from './tape.js';

/** The sizes of a value while the graph runs, as a tensor. */
export function runtimeSizes({ graph }: Tape, value: Value): Value {
  const output = { type: 'int32', sizes: [value.sizes.length] } as const;
  return graph.op('Shape', [value], output, { T: type(value.type), out_type: type('int32') });
}

/** The product of two matrices. */
export function matrixProduct(tape: Tape, left: Value, right: Value): Value {
  const product = (
    a: Value,
    b: Value,
    sizes: Sizes,
    transposeLeft: boolean,
    transposeRight: boolean,
  ): Value =>
    tape.graph.float('MatMul', [a, b], sizes, {
      transpose_a: flag(transposeLeft),
      transpose_b: flag(transposeRight),
    });
  const output = product(left, right, [size(left, 0), size(right, 1)], false, false);
  return tape.record(output, [left, right], (gradient, needed) => [
    needed[0] === true ? product(gradient, right, left.sizes, false, true) : null,
    needed[1] === true ? product(left, gradient, right.sizes, true, false) : null,
  ]);
}

/** Adds one number per channel. */
export function addBias(tape: Tape, value: Value, bias: Value): Value {
  const output = tape.graph.float('BiasAdd', [value, bias], value.sizes);
  return tape.record(output, [value, bias], (gradient) => [
    gradient,
    tape.graph.float('BiasAddGrad', [gradient], bias.sizes),
  ]);
}

/** The same numbers in other sizes; the batch stays first. */
export function reshape(tape: Tape, value: Value, sizes: Sizes): Value {
  const { graph } = tape;
  return tape.record(reshaped(graph, value, sizes), [value], (gradient) => [
    reshaped(graph, gradient, value.sizes),
  ]);
}

/** As `reshape`, where no gradient is wanted. */
export function reshaped(graph: GraphWriter, value: Value, sizes: Sizes): Value {
  return graph.float('Reshape', [value, graph.integers(...sizes)], sizes, { Tshape: type('int32') });
}

/** The sum of values of one shape. */
export function sumOf(tape: Tape, values: NonEmptyList<Value>): Value {
  const output = addAll(tape.graph, values);
  return tape.record(output, values, (gradient) => values.map(() => gradient));
}

/** The product element by element, of the sizes of `left`. */
export function product(tape: Tape, left: Value, right: Value): Value {
  const times = (a: Value, b: Value): Value => tape.graph.float('Mul', [a, b], a.sizes);
  return tape.record(times(left, right), [left, right], (gradient, needed) => [
    needed[0] === true ? times(gradient, right) : null,
    needed[1] === true ? times(gradient, left) : null,
  ]);
}

/** Multiplies every pixel of an image by numbers per example and channel, of sizes [batch, 1, 1, channels]. */
export function scaleChannels(tape: Tape, image: Value, factors: Value): Value {
  const { graph } = tape;
  const output = graph.float('Mul', [image, factors], image.sizes);
  return tape.record(output, [image, factors], (gradient, needed) => [
    needed[0] === true ? graph.float('Mul', [gradient, factors], image.sizes) : null,
    needed[1] === true
      ? reduce(tape, 'Sum', graph.float('Mul', [gradient, image], image.sizes), [1, 2], factors.sizes)
      : null,
  ]);
}

/** a · value + b with fixed a and b. */
export function affine(tape: Tape, value: Value, factor: number, offset: number): Value {
  const { graph } = tape;
  const scaled = factor === 1 ? value : graph.float('Mul', [value, graph.number(factor)], value.sizes);
  const output = offset === 0 ? scaled : graph.float('AddV2', [scaled, graph.number(offset)], value.sizes);
  return tape.record(output, [value], (gradient) => [
    factor === 1 ? gradient : graph.float('Mul', [gradient, graph.number(factor)], value.sizes),
  ]);
}

/** Sum or mean over axes, which stay with size 1. */
export function reduce(
  { graph }: Tape,
  op: 'Sum' | 'Mean',
  value: Value,
  axes: readonly number[],
  sizes: Sizes,
): Value {
  return graph.float(op, [value, graph.integers(...axes)], sizes, {
    Tidx: type('int32'),
    keep_dims: flag(true),
  });
}

/** Values joined along their last axis. */
export function concatenate(tape: Tape, values: NonEmptyList<Value>): Value {
  const { graph } = tape;
  const [first] = values;
  const axis = first.sizes.length - 1;
  const channels = values.reduce((total, value) => total + size(value, axis), 0);
  const attributes: Attributes = { N: int(values.length), Tidx: type('int32') };
  const sizes = [...first.sizes.slice(0, axis), channels];
  const output = graph.float('ConcatV2', [...values, graph.integer(axis)], sizes, attributes);
  return tape.record(output, values, (gradient, needed) => {
    let start = 0;
    return values.map((value, i) => {
      const from = start;
      start += size(value, axis);
      return needed[i] === true ? sliceChannels(tape, gradient, from, size(value, axis)) : null;
    });
  });
}

/** Some neighbouring channels of a value. */
export function channelsOf(tape: Tape, value: Value, start: number, count: number): Value {
  const axis = value.sizes.length - 1;
  const after = size(value, axis) - start - count;
  const borders = value.sizes.map((_size, i) => (i === axis ? ([start, after] as const) : ([0, 0] as const)));
  return tape.record(sliceChannels(tape, value, start, count), [value], (gradient) => [
    bordered(tape.graph, gradient, borders),
  ]);
}

/** The channels of so many equal groups in turn: the first of each group, then the second of each. */
export function shuffledChannels(tape: Tape, value: Value, groups: number): Value {
  const { graph } = tape;
  const shuffled = (of: Value, count: number): Value => {
    const axes = of.sizes.length - 1;
    const each = size(of, axes) / count;
    const apart = reshaped(graph, of, [...of.sizes.slice(0, axes), count, each]);
    const order = Array.from({ length: axes }, (_none, i) => i);
    const turned = graph.float(
      'Transpose',
      [apart, graph.integers(...order, axes + 1, axes)],
      [...of.sizes.slice(0, axes), each, count],
      { Tperm: type('int32') },
    );
    return reshaped(graph, turned, of.sizes);
  };
  // With as many groups as a group has channels, the channels are where they were.
  const back = size(value, value.sizes.length - 1) / groups;
  return tape.record(shuffled(value, groups), [value], (gradient) => [shuffled(gradient, back)]);
}

function sliceChannels({ graph }: Tape, value: Value, start: number, count: number): Value {
  const axis = value.sizes.length - 1;
  const begin = graph.integers(...value.sizes.map((_size, i) => (i === axis ? start : 0)));
  const extent = graph.integers(...value.sizes.map((_size, i) => (i === axis ? count : -1)));
  const sizes = [...value.sizes.slice(0, axis), count];
  return graph.float('Slice', [value, begin, extent], sizes, { Index: type('int32') });
}

type Borders = readonly (readonly [number, number])[];

/** Zeros before and after a value along each axis; no size may depend on the batch where there are any. */
export function padded(tape: Tape, value: Value, borders: Borders): Value {
  const { graph } = tape;
  return tape.record(bordered(graph, value, borders), [value], (gradient) => {
    const begin = graph.integers(...borders.map(([before]) => before));
    return [
      graph.float('Slice', [gradient, begin, graph.integers(...value.sizes)], value.sizes, {
        Index: type('int32'),
      }),
    ];
  });
}

/** As `padded`, where no gradient is wanted. */
export function bordered(graph: GraphWriter, value: Value, borders: Borders): Value {
  const table = graph.constant('int32', [borders.length, 2], Int32Array.from(borders.flat()));
  const sizes = value.sizes.map((length, i) => {
    const [before, after] = borders[i] ?? [0, 0];
    return length === -1 ? length : before + length + after;
  });
  return graph.float('Pad', [value, table], sizes, { Tpaddings: type('int32') });
}

/** The size of a value along an axis. */
export function size(value: Value, axis: number): number {
  const found = value.sizes[axis];
  if (found === undefined) throw new Error(`${value.name} has no axis ${axis}.`);
  return found;
}
