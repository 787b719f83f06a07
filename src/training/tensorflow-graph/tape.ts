import type { GraphWriter, Value } from './graph-writer.js';

/**
 * The gradients of a value's inputs from that of the value itself; `needed` says which of them anybody asks for, and
 * null stands for zeros.
 */
export type Gradient = (gradient: Value, needed: readonly boolean[]) => readonly (Value | null)[];

interface Entry {
  readonly output: Value;
  readonly inputs: readonly Value[];
  readonly gradient: Gradient;
}

/** A value that was cut off below (and above), element by element. */
export interface Clipping {
  readonly input: Value;
  /** The gradient of the input from those of the output, and the output itself or a part of it. */
  readonly gradient: (gradient: Value, output: Value) => Value;
}

/** Remembers how values were computed, to write the nodes of their gradients (reverse-mode differentiation). */
export class Tape {
  private readonly entries: Entry[] = [];
  /** Values that depend on a parameter. */
  private readonly dependent = new Set<string>();
  private readonly clipped = new Map<string, Clipping>();

  constructor(readonly graph: GraphWriter) {}

  /** Makes gradients with respect to this value available. */
  watch(value: Value): Value {
    this.dependent.add(value.name);
    return value;
  }

  /** Notes how `output` depends on its inputs; returns it. */
  record(output: Value, inputs: readonly Value[], gradient: Gradient): Value {
    // The graph has each computation once: a second record of one would count its gradient twice.
    if (this.dependent.has(output.name)) return output;
    if (!inputs.some((input) => this.dependent.has(input.name))) return output;
    this.dependent.add(output.name);
    this.entries.push({ output, inputs, gradient });
    return output;
  }

  /** Notes a clipped value like `record`; what selects elements of it can then pass over it (`clipping`). */
  recordClipping(output: Value, clipping: Clipping): Value {
    this.clipped.set(output.name, clipping);
    return this.record(output, [clipping.input], (gradient) => [clipping.gradient(gradient, output)]);
  }

  /** How a value was clipped; undefined: it was not. */
  clipping(value: Value): Clipping | undefined {
    return this.clipped.get(value.name);
  }

  /** Gradients of a scalar with respect to watched values; zeros for those it does not depend on. */
  gradients(scalar: Value, values: readonly Value[]): readonly Value[] {
    const parts = new Map<string, Value[]>([[scalar.name, [this.graph.number(1)]]]);
    for (const { output, inputs, gradient } of [...this.entries].reverse()) {
      const sum = this.sum(parts.get(output.name));
      if (sum === null) continue;
      const needed = inputs.map((input) => this.dependent.has(input.name));
      gradient(sum, needed).forEach((part, i) => {
        const input = inputs[i];
        if (part === null || input === undefined || needed[i] !== true) return;
        const list = parts.get(input.name);
        if (list === undefined) parts.set(input.name, [part]);
        else list.push(part);
      });
    }
    return values.map(
      (value) => this.sum(parts.get(value.name)) ?? this.graph.float('ZerosLike', [value], value.sizes),
    );
  }

  private sum(parts: readonly Value[] | undefined): Value | null {
    const [first, ...others] = parts ?? [];
    if (first === undefined) return null;
    if (others.length === 0) return first;
    return addAll(this.graph, [first, ...others]);
  }
}

/** The sum of two or more values of one shape. */
export function addAll(graph: GraphWriter, values: readonly [Value, ...Value[]]): Value {
  const [first] = values;
  return graph.float('AddN', values, first.sizes, { N: { kind: 'int', value: values.length } });
}
