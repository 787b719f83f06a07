import { int, type } from './attribute.js';
import type { GraphWriter, Value } from './graph-writer.js';
import { some } from './non-empty-list.js';
import type { NonEmptyList } from './non-empty-list.js';
import { addAll } from './tape.js';

/** A value of a batch, in parts of neighbouring examples. */
export type Parts = NonEmptyList<Value>;

/** How a batch is divided among threads: into parts whose sizes differ by one example at most. */
export class BatchParts {
  /** Examples of each part, as a vector; null: there is one part. */
  private readonly sizes: Value | null;

  /** `examples` is their number, an integer; a batch needs one for each part. */
  constructor(
    private readonly graph: GraphWriter,
    private readonly examples: Value,
    readonly count: number,
  ) {
    const ends = (from: number): Value => {
      const numbers = Int32Array.from({ length: count }, (_none, i) => from + i);
      const products = this.integers('Mul', graph.constant('int32', [count], numbers), examples);
      return this.integers('FloorDiv', products, graph.integer(count));
    };
    this.sizes = count === 1 ? null : this.integers('Sub', ends(1), ends(0));
  }

  /** The number of examples of the batch, as a vector of one. */
  sizeVector(): Value {
    const { graph, examples } = this;
    const output = { type: 'int32', sizes: [1] } as const;
    return graph.op('ExpandDims', [examples, graph.integer(0)], output, {
      T: type('int32'),
      Tdim: type('int32'),
    });
  }

  /** The parts of a value that has the whole batch first. */
  split(value: Value): Parts {
    const { graph, count, sizes } = this;
    if (sizes === null) return [value];
    const part = { type: value.type, sizes: value.sizes };
    const attributes = { T: type(value.type), Tlen: type('int32'), num_split: int(count) };
    return some(
      graph.ops(
        'SplitV',
        [value, sizes, graph.integer(0)],
        Array.from({ length: count }, () => part),
        attributes,
      ),
    );
  }

  /** What each part has of the examples, together 1. */
  shares(): Parts {
    const { graph, count, sizes } = this;
    if (sizes === null) return [graph.number(1)];
    const share = graph.float('Mul', [this.floats(sizes), this.inverse()], [count]);
    const scalar = { type: 'float', sizes: [] } as const;
    const outputs = Array.from({ length: count }, () => scalar);
    return some(graph.ops('Unpack', [share], outputs, { T: type('float'), num: int(count) }));
  }

  /** 1 / the number of examples. */
  inverse(): Value {
    return this.graph.float('Reciprocal', [this.floats(this.examples)], []);
  }

  /** The sum of values of one shape. */
  total(values: readonly Value[]): Value {
    const [first, ...others] = some(values);
    return others.length === 0 ? first : addAll(this.graph, [first, ...others]);
  }

  private integers(op: string, left: Value, right: Value): Value {
    const output = { type: 'int32', sizes: [this.count] } as const;
    return this.graph.op(op, [left, right], output, { T: type('int32') });
  }

  private floats(value: Value): Value {
    const output = { type: 'float', sizes: value.sizes } as const;
    return this.graph.op('Cast', [value], output, { SrcT: type('int32'), DstT: type('float') });
  }
}
