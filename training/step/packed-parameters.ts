import { elementCount } from '../../networks/network-graph/index.js';
import { int, type } from '../tensorflow-graph/attribute.js';
import { reshaped } from '../tensorflow-graph/basic-operations.js';
import type { GraphVariable, GraphWriter, Value } from '../tensorflow-graph/graph-writer.js';
import { TrainingError } from '../training-error.js';

/** Most numbers of a pack, because the graph counts indices in 32 bits. */
const longest = 2 ** 31 - 1;

/** A tensor inside a pack. */
export interface PackedPart {
  readonly name: string;
  readonly sizes: readonly number[];
}

/**
 * Tensors that lie one after another in one variable. A step then updates a few long vectors instead of hundreds of short
 * ones, and its graph is less than half as large.
 */
export class Pack {
  readonly variable: GraphVariable;
  private readonly lengths: readonly number[];
  private last: { readonly whole: Value; readonly values: ReadonlyMap<string, Value> } | null = null;

  constructor(
    private readonly graph: GraphWriter,
    name: string,
    readonly parts: readonly PackedPart[],
  ) {
    this.lengths = parts.map(({ sizes }) => elementCount(sizes));
    const length = sum(this.lengths);
    if (length > longest) {
      throw new TrainingError(
        'OutOfMemory',
        `The ${length} parameters of the network and their optimiser's slots do not fit into memory: use a smaller network.`,
      );
    }
    this.variable = graph.variable(name, 'float', [length]);
  }

  /** The value of a part, in its own sizes; null if it is of another pack. `enter` takes the whole into a branch. */
  read(name: string, enter: (whole: Value) => Value = (whole) => whole): Value | null {
    const whole = enter(this.graph.read(this.variable));
    if (this.last?.whole !== whole) this.last = { whole, values: this.split(whole) };
    return this.last.values.get(name) ?? null;
  }

  /** One vector of a value for each part, in the order of the parts. */
  join(values: readonly Value[]): Value {
    const { graph, lengths } = this;
    const flat = values.map((value, i) =>
      value.sizes.length === 1 ? value : reshaped(graph, value, [lengths[i] ?? 0]),
    );
    const [first, ...others] = flat;
    if (first === undefined || flat.length !== lengths.length) throw new Error('A part has no value.');
    if (others.length === 0) return first;
    return graph.float('ConcatV2', [...flat, graph.integer(0)], this.variable.sizes, {
      N: int(flat.length),
      Tidx: type('int32'),
    });
  }

  /** The parts of a vector of the variable's length, by name. */
  split(whole: Value): ReadonlyMap<string, Value> {
    const { graph, lengths, parts } = this;
    const flat =
      parts.length === 1
        ? [whole]
        : graph.ops(
            'SplitV',
            [whole, graph.constant('int32', [lengths.length], Int32Array.from(lengths)), graph.integer(0)],
            lengths.map((length) => ({ type: 'float', sizes: [length] })),
            { T: type('float'), Tlen: type('int32'), num_split: int(lengths.length) },
          );
    return new Map(
      parts.map(({ name, sizes }, i) => {
        const value = flat[i];
        if (value === undefined) throw new Error(`The part ${name} has no value.`);
        return [name, sizes.length === 1 ? value : reshaped(graph, value, sizes)];
      }),
    );
  }
}

/** The numbers of a pack by the names of its parts. */
export function unpacked(
  parts: readonly PackedPart[],
  values: Float32Array,
): readonly (readonly [string, Float32Array])[] {
  let start = 0;
  return parts.map(({ name, sizes }) => {
    const from = start;
    start += elementCount(sizes);
    return [name, values.slice(from, start)];
  });
}

function sum(lengths: readonly number[]): number {
  return lengths.reduce((total, length) => total + length, 0);
}
