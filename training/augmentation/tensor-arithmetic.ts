import { flag, int, type } from '../tensorflow-graph/attribute.js';
import type { DataType, Sizes } from '../tensorflow-graph/attribute.js';
import type { GraphWriter, Value } from '../tensorflow-graph/graph-writer.js';

type Operand = Value | number;

/** Writes arithmetic that needs no gradient; shapes are broadcast as in NumPy, and a number is a constant. */
export class TensorArithmetic {
  constructor(readonly graph: GraphWriter) {}

  add = (left: Operand, right: Operand): Value => this.binary('AddV2', left, right);
  subtract = (left: Operand, right: Operand): Value => this.binary('Sub', left, right);
  multiply = (left: Operand, right: Operand): Value => this.binary('Mul', left, right);
  divide = (left: Operand, right: Operand): Value => this.binary('RealDiv', left, right);
  minimum = (left: Operand, right: Operand): Value => this.binary('Minimum', left, right);
  maximum = (left: Operand, right: Operand): Value => this.binary('Maximum', left, right);
  less = (left: Operand, right: Operand): Value => this.compare('Less', left, right);
  atLeast = (left: Operand, right: Operand): Value => this.compare('GreaterEqual', left, right);
  equal = (left: Operand, right: Operand): Value => this.compare('Equal', left, right);

  both(left: Value, right: Value): Value {
    return this.graph.op('LogicalAnd', [left, right], { type: 'bool', sizes: common(left, right) });
  }

  not(value: Value): Value {
    return this.graph.op('LogicalNot', [value], { type: 'bool', sizes: value.sizes });
  }

  unary(op: 'Floor' | 'Cos' | 'Sin' | 'Sqrt', value: Value): Value {
    return this.graph.float(op, [value], value.sizes);
  }

  floor(value: Value): Value {
    return this.unary('Floor', value);
  }

  /** To the nearest integer, halves upwards. */
  round(value: Value): Value {
    return this.floor(this.add(value, 0.5));
  }

  clip(value: Value, lowest: Operand, highest: Operand): Value {
    return this.minimum(this.maximum(value, lowest), highest);
  }

  cast(value: Value, to: DataType): Value {
    if (value.type === to) return value;
    const attributes = { SrcT: type(value.type), DstT: type(to) };
    return this.graph.op('Cast', [value], { type: to, sizes: value.sizes }, attributes);
  }

  floats(value: Value): Value {
    return this.cast(value, 'float');
  }

  reshape(value: Value, ...sizes: readonly number[]): Value {
    const output = { type: value.type, sizes };
    return this.graph.op('Reshape', [value, this.graph.integers(...sizes)], output, {
      T: type(value.type),
      Tshape: type('int32'),
    });
  }

  /** Entries of the first axis. */
  gather(values: Value, indices: Value): Value {
    const output = { type: values.type, sizes: [...indices.sizes, ...values.sizes.slice(1)] };
    return this.graph.op('GatherV2', [values, indices, this.graph.integer(0)], output, {
      Tparams: type(values.type),
      Tindices: type('int32'),
      Taxis: type('int32'),
    });
  }

  /** For every entry of the first axis, values at its own indices. */
  gatherEach(values: Value, indices: Value): Value {
    const output = { type: values.type, sizes: indices.sizes };
    return this.graph.op('GatherV2', [values, indices, this.graph.integer(1)], output, {
      Tparams: type(values.type),
      Tindices: type('int32'),
      Taxis: type('int32'),
      batch_dims: int(1),
    });
  }

  /** Values of equal sizes as the entries of a new axis. */
  stack(values: readonly Value[], axis = 0): Value {
    const [first] = values;
    if (first === undefined) throw new Error('There is nothing to stack.');
    const sizes = [...first.sizes.slice(0, axis), values.length, ...first.sizes.slice(axis)];
    const output = { type: first.type, sizes };
    return this.graph.op('Pack', values, output, {
      T: type(first.type),
      N: int(values.length),
      axis: int(axis),
    });
  }

  /** The entries of an axis, which goes away. */
  unstack(value: Value, axis: number, count: number): readonly Value[] {
    const sizes = value.sizes.filter((_size, i) => i !== axis);
    const outputs = Array.from({ length: count }, () => ({ type: value.type, sizes }));
    return this.graph.ops('Unpack', [value], outputs, {
      T: type(value.type),
      num: int(count),
      axis: int(axis),
    });
  }

  concatenate(values: readonly Value[], sizes: Sizes): Value {
    const [first] = values;
    if (first === undefined) throw new Error('There is nothing to concatenate.');
    const output = { type: first.type, sizes };
    return this.graph.op('ConcatV2', [...values, this.graph.integer(0)], output, {
      T: type(first.type),
      N: int(values.length),
      Tidx: type('int32'),
    });
  }

  /** Sum, smallest or largest over an axis, which stays with size 1 if `keeps`. */
  reduce(op: 'Sum' | 'Min' | 'Max', value: Value, axis: number, keeps: boolean): Value {
    const sizes = value.sizes.flatMap((size, i) => (i !== axis ? [size] : keeps ? [1] : []));
    const output = { type: value.type, sizes };
    return this.graph.op(op, [value, this.graph.integers(axis)], output, {
      T: type(value.type),
      Tidx: type('int32'),
      keep_dims: flag(keeps),
    });
  }

  /** The product of the matrices in the last two axes. */
  matrixProduct(left: Value, right: Value): Value {
    const sizes = [...left.sizes.slice(0, -1), right.sizes.at(-1) ?? -1];
    if (left.sizes.length === 2)
      return this.graph.float('MatMul', [left, right], sizes, {
        transpose_a: flag(false),
        transpose_b: flag(false),
      });
    return this.graph.float('BatchMatMulV2', [left, right], sizes, {
      adj_x: flag(false),
      adj_y: flag(false),
    });
  }

  /** The first entries of an axis. */
  first(value: Value, axis: number, count: number): Value {
    const { graph } = this;
    const sizes = value.sizes.map((size, i) => (i === axis ? count : size));
    const begin = graph.integers(...value.sizes.map(() => 0));
    const extent = graph.integers(...value.sizes.map((_size, i) => (i === axis ? count : -1)));
    const output = { type: value.type, sizes };
    return graph.op('Slice', [value, begin, extent], output, { T: type(value.type), Index: type('int32') });
  }

  /** The batch in the opposite order. */
  reversed(value: Value): Value {
    const output = { type: value.type, sizes: value.sizes };
    return this.graph.op('ReverseV2', [value, this.graph.integers(0)], output, {
      T: type(value.type),
      Tidx: type('int32'),
    });
  }

  /** The size of the first axis while the graph runs. */
  count(value: Value): Value {
    const sizes = this.graph.op(
      'Shape',
      [value],
      { type: 'int32', sizes: [value.sizes.length] },
      { T: type(value.type), out_type: type('int32') },
    );
    return this.graph.op(
      'StridedSlice',
      [sizes, this.graph.integers(0), this.graph.integers(1), this.graph.integers(1)],
      { type: 'int32', sizes: [] },
      { T: type('int32'), Index: type('int32'), shrink_axis_mask: int(1) },
    );
  }

  /** 0, 1, … below a count. */
  range(count: Value): Value {
    const { graph } = this;
    const output = { type: 'int32', sizes: [-1] } as const;
    return graph.op('Range', [graph.integer(0), count, graph.integer(1)], output, { Tidx: type('int32') });
  }

  private binary(op: string, left: Operand, right: Operand): Value {
    const [a, b] = this.operands(left, right);
    const output = { type: a.type, sizes: common(a, b) };
    return this.graph.op(op, [a, b], output, { T: type(a.type) });
  }

  private compare(op: string, left: Operand, right: Operand): Value {
    const [a, b] = this.operands(left, right);
    return this.graph.op(op, [a, b], { type: 'bool', sizes: common(a, b) }, { T: type(a.type) });
  }

  private operands(left: Operand, right: Operand): readonly [Value, Value] {
    const kind = typeof left !== 'number' ? left.type : typeof right !== 'number' ? right.type : 'float';
    if (kind !== 'float' && kind !== 'int32') throw new Error(`There are no constants of type ${kind}.`);
    const asValue = (operand: Operand): Value =>
      typeof operand === 'number' ? this.graph.constant(kind, [], operand) : operand;
    return [asValue(left), asValue(right)];
  }
}

// The sizes of what two values are broadcast to.
function common(left: Pick<Value, 'sizes'>, right: Pick<Value, 'sizes'>): Sizes {
  const rank = Math.max(left.sizes.length, right.sizes.length);
  const at = (sizes: Sizes, axis: number): number => sizes[axis - rank + sizes.length] ?? 1;
  return Array.from({ length: rank }, (_none, axis) => {
    const [a, b] = [at(left.sizes, axis), at(right.sizes, axis)];
    return a === 1 ? b : a;
  });
}
