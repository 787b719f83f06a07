import type { Attribute, Attributes, ConstantValues, DataType, Sizes } from './attribute.js';
import { flag, shape, text, type } from './attribute.js';

/** An output of a node of a TensorFlow graph. */
export interface Value {
  /** `node:output` */
  readonly name: string;
  readonly type: DataType;
  readonly sizes: Sizes;
}

/** A node as it is written into a graph definition. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** Values (`node:output`), then nodes that must have run before (`^node`). */
  readonly inputs: readonly string[];
  readonly attributes: Attributes;
  /** Where the node runs, as TensorFlow names devices; absent: TensorFlow decides. */
  readonly device?: string;
}

/**
 * Kernels that a graph may use. `deterministicOnGpus`: none that TensorFlow refuses to run on a GPU while
 * `TF_DETERMINISTIC_OPS` is set; the other forms compute the same numbers to float tolerance.
 */
export type Kernels = 'any' | 'deterministicOnGpus';

/** Type and sizes of a node's output. */
export interface Output {
  readonly type: DataType;
  readonly sizes: Sizes;
}

/** A variable of a graph. */
export interface GraphVariable {
  readonly name: string;
  readonly type: DataType;
  readonly sizes: Sizes;
  readonly handle: Value;
}

/** Collects the nodes of a TensorFlow graph. A node without side effects that is there already is used again. */
export class GraphWriter {
  readonly nodes: GraphNode[] = [];
  private readonly known = new Map<string, readonly Value[]>();
  private readonly reads = new Map<string, Value>();
  private readonly names = new Set<string>();
  private readonly madeBy = new Map<string, GraphNode>();
  /** Nodes that run before the variables are read. */
  private beforeReads: readonly string[] = [];

  constructor(readonly kernels: Kernels = 'any') {}

  /** A node without side effects and with one output; `T` is its type unless the attributes name it otherwise. */
  op(op: string, inputs: readonly Value[], output: Output, attributes: Attributes = {}): Value {
    return only(this.ops(op, inputs, [output], attributes));
  }

  /** As `op`, with several outputs. */
  ops(
    op: string,
    inputs: readonly Value[],
    outputs: readonly Output[],
    attributes: Attributes = {},
  ): readonly Value[] {
    const key = JSON.stringify([op, inputs.map(({ name }) => name), attributes]);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const values = this.add(this.freshName(op), op, inputs, outputs, attributes);
    this.known.set(key, values);
    return values;
  }

  /** As `op`, on the processor also where a GPU could compute it. */
  processorOp(op: string, inputs: readonly Value[], output: Output, attributes: Attributes): Value {
    return only(this.add(this.freshName(op), op, inputs, [output], attributes, [], '/device:CPU:0'));
  }

  /** A node of floats: `T` is float, and so is its output. */
  float(op: string, inputs: readonly Value[], sizes: Sizes, attributes: Attributes = {}): Value {
    return this.op(op, inputs, { type: 'float', sizes }, { T: type('float'), ...attributes });
  }

  constant(kind: 'float' | 'int32', sizes: Sizes, values: ConstantValues): Value {
    const tensor: Attribute = { kind: 'tensor', type: kind, sizes, values };
    const attributes = { dtype: type(kind), value: tensor };
    const output = { type: kind, sizes };
    // Write a large constant again: the text by which to find an equal one would cost more than it saves.
    if (typeof values !== 'number' && values.length > 64)
      return only(this.add(this.freshName('Const'), 'Const', [], [output], attributes));
    const key = JSON.stringify(['Const', kind, sizes, typeof values === 'number' ? values : [...values]]);
    const known = this.known.get(key);
    if (known !== undefined) return only(known);
    const made = this.add(this.freshName('Const'), 'Const', [], [output], attributes);
    this.known.set(key, made);
    return only(made);
  }

  /** The node that makes a value of this graph, by the value's name. */
  nodeOf(valueName: string): GraphNode {
    const node = this.madeBy.get(valueName.slice(0, valueName.lastIndexOf(':')));
    if (node === undefined) throw new Error(`The graph has no value ${JSON.stringify(valueName)}.`);
    return node;
  }

  number(value: number): Value {
    return this.constant('float', [], value);
  }

  integers(...values: readonly number[]): Value {
    return this.constant('int32', [values.length], Int32Array.from(values));
  }

  integer(value: number): Value {
    return this.constant('int32', [], value);
  }

  /** A value that is fed under this name. */
  placeholder(name: string, kind: DataType, sizes: Sizes): Value {
    const attributes = { dtype: type(kind), shape: shape(sizes) };
    return only(this.add(this.reserve(name), 'Placeholder', [], [{ type: kind, sizes }], attributes));
  }

  variable(name: string, kind: DataType, sizes: Sizes): GraphVariable {
    const attributes = { dtype: type(kind), shape: shape(sizes), shared_name: text(name) };
    const output = { type: 'resource', sizes: [] } as const;
    const handle = only(this.add(this.reserve(name), 'VarHandleOp', [], [output], attributes));
    return { name, type: kind, sizes, handle };
  }

  /** The value of a variable at the beginning of a run, or when the nodes of `continueAfter` have run. */
  read(variable: GraphVariable): Value {
    const known = this.reads.get(variable.name);
    if (known !== undefined) return known;
    const output = { type: variable.type, sizes: variable.sizes };
    const name = this.freshName(`${variable.name}/read`);
    const value = only(
      this.add(
        name,
        'ReadVariableOp',
        [variable.handle],
        [output],
        { dtype: type(variable.type) },
        this.beforeReads,
      ),
    );
    this.reads.set(variable.name, value);
    return value;
  }

  /** Variables are read anew from here on, as they are when these nodes have run. */
  continueAfter(nodes: readonly string[]): void {
    this.beforeReads = nodes;
    this.reads.clear();
  }

  /** A node with a side effect and no outputs, run after the nodes `after`; its name is returned. */
  effect(
    op: string,
    inputs: readonly Value[],
    attributes: Attributes,
    after: readonly string[] = [],
  ): string {
    const name = this.freshName(op);
    this.add(name, op, inputs, [], attributes, after);
    return name;
  }

  /** Sets a variable when the nodes `after` have run; returns the node that has run then. */
  assign(variable: GraphVariable, value: Value, after: readonly string[] = []): string {
    const attributes = { dtype: type(variable.type), validate_shape: flag(false) };
    return this.effect('AssignVariableOp', [variable.handle, value], attributes, after);
  }

  /** A value under a name by which it is fetched, available when the nodes `after` have run. */
  result(name: string, value: Value, after: readonly string[] = []): Value {
    const output = { type: value.type, sizes: value.sizes };
    return only(this.add(this.reserve(name), 'Identity', [value], [output], { T: type(value.type) }, after));
  }

  private add(
    name: string,
    op: string,
    inputs: readonly Value[],
    outputs: readonly Output[],
    attributes: Attributes,
    after: readonly string[] = [],
    device?: string,
  ): readonly Value[] {
    const names = [...inputs.map((input) => input.name), ...after.map((node) => `^${node}`)];
    const node = { name, op, inputs: names, attributes, ...(device === undefined ? {} : { device }) };
    this.nodes.push(node);
    this.madeBy.set(name, node);
    return outputs.map((output, index) => ({ name: `${name}:${index}`, ...output }));
  }

  private reserve(name: string): string {
    if (this.names.has(name)) throw new Error(`The graph has two nodes called ${JSON.stringify(name)}.`);
    this.names.add(name);
    return name;
  }

  private freshName(base: string): string {
    for (let number = this.nodes.length; ; number++) {
      const name = `${base}_${number}`;
      if (!this.names.has(name)) return this.reserve(name);
    }
  }
}

function only(values: readonly Value[]): Value {
  const [value] = values;
  if (value === undefined) throw new Error('A node was expected to have an output.');
  return value;
}
