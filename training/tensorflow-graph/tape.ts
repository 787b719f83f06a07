import { conditionalSum, merged, switched } from './conditional-sum.js';
import type { ConditionalValue } from './conditional-sum.js';
import type { GraphWriter, Value } from './graph-writer.js';
import type { NonEmptyList } from './non-empty-list.js';

/** What one use of a value adds to its gradient: always, when a condition holds, or (null) nothing. */
export type GradientPart = Value | ConditionalValue | null;

/** The gradients of a value's inputs from that of the value itself; `needed` says which of them the tape uses. */
export type Gradient = (gradient: Value, needed: readonly boolean[]) => readonly GradientPart[];

/** As `Gradient`, from those of several values, in their order. */
export type JointGradient = (
  gradients: readonly Value[],
  needed: readonly boolean[],
) => readonly GradientPart[];

interface Entry {
  readonly outputs: readonly Value[];
  readonly inputs: readonly Value[];
  readonly gradient: JointGradient;
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
    this.recordTogether([output], inputs, ([own], needed) =>
      own === undefined ? [] : gradient(own, needed),
    );
    return output;
  }

  /** Notes how values that are computed together depend on the same inputs. */
  recordTogether(outputs: readonly Value[], inputs: readonly Value[], gradient: JointGradient): void {
    // The graph has each computation once: a second record of one would count its gradient twice.
    if (outputs.some((output) => this.dependent.has(output.name))) return;
    if (!inputs.some((input) => this.dependent.has(input.name))) return;
    for (const output of outputs) this.dependent.add(output.name);
    this.entries.push({ outputs, inputs, gradient });
  }

  /** Notes a clipped value like `record`; operations that select elements of it can pass over it (`clipping`). */
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
    const parts = new Map<string, (Value | ConditionalValue)[]>([[scalar.name, [this.graph.number(1)]]]);
    for (const { outputs, inputs, gradient } of [...this.entries].reverse()) {
      if (!outputs.some((output) => parts.has(output.name))) continue;
      const sums = outputs.map((output) => this.sum(output, parts.get(output.name)));
      const needed = inputs.map((input) => this.dependent.has(input.name));
      gradient(sums, needed).forEach((part, i) => {
        const input = inputs[i];
        if (part === null || input === undefined || needed[i] !== true) return;
        const list = parts.get(input.name);
        if (list === undefined) parts.set(input.name, [part]);
        else list.push(part);
      });
    }
    return values.map((value) => this.sum(value, parts.get(value.name)));
  }

  private zerosLike(value: Value): Value {
    return this.graph.float('ZerosLike', [value], value.sizes);
  }

  /** The gradient of a value from those of its uses. */
  private sum(of: Value, parts: readonly (Value | ConditionalValue)[] = []): Value {
    const [first, ...others] = parts.flatMap((part) => ('when' in part ? [] : [part]));
    const conditional = parts.flatMap((part) => ('when' in part ? [part] : []));
    const always =
      first === undefined || others.length === 0 ? first : addAll(this.graph, [first, ...others]);
    const [part, ...more] = [
      ...(always === undefined ? [] : [{ value: always, when: null }]),
      ...conditional,
    ];
    if (part === undefined) return this.zerosLike(of);
    const { value, when } = conditionalSum(this.graph, [part, ...more]);
    if (when === null) return value;
    // No use may be there: the value's own inputs still wait for a gradient.
    const [unused] = switched(this.graph, of, when);
    return merged(this.graph, [this.zerosLike(unused), value]);
  }
}

/** The sum of two or more values of one shape. */
export function addAll(graph: GraphWriter, values: NonEmptyList<Value>): Value {
  const [first] = values;
  return graph.float('AddN', values, first.sizes, { N: { kind: 'int', value: values.length } });
}
