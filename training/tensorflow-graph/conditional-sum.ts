import { type } from './attribute.js';
import type { GraphWriter, Value } from './graph-writer.js';
import type { NonEmptyList } from './non-empty-list.js';

/** A value that is there when a condition holds; null: always. Elsewhere TensorFlow computes neither it nor its readers. */
export interface ConditionalValue {
  readonly value: Value;
  readonly when: Value | null;
}

/** A value where a condition holds, and where it does not. */
export function switched(graph: GraphWriter, value: Value, when: Value): readonly [Value, Value] {
  const output = { type: value.type, sizes: value.sizes };
  const [without, within] = graph.ops('Switch', [value, when], [output, output], { T: type(value.type) });
  if (without === undefined || within === undefined) throw new Error('No outputs.');
  // TensorFlow's optimiser loses the values of operations that read an output of Switch themselves.
  const same = (one: Value): Value => graph.op('Identity', [one], output, { T: type(value.type) });
  return [same(without), same(within)];
}

/** The one of several values that is there. */
export function merged(graph: GraphWriter, values: NonEmptyList<Value>): Value {
  const [first, ...others] = values;
  if (others.length === 0) return first;
  const output = { type: first.type, sizes: first.sizes };
  const attributes = { T: type(first.type), N: { kind: 'int', value: values.length } } as const;
  const [value] = graph.ops('Merge', values, [output, { type: 'int32', sizes: [] }], attributes);
  if (value === undefined) throw new Error('No outputs.');
  return value;
}

/** Whether one of two conditions holds. */
export function either(graph: GraphWriter, left: Value, right: Value): Value {
  return left.name === right.name ? left : graph.op('LogicalOr', [left, right], { type: 'bool', sizes: [] });
}

/**
 * The sum of those values that are there; it is there when one of them is. A single `AddN` would be missing as soon as one
 * of its inputs is.
 */
export function conditionalSum(
  graph: GraphWriter,
  [first, ...others]: NonEmptyList<ConditionalValue>,
): ConditionalValue {
  return others.reduce((sum, next) => conditionalPair(graph, sum, next), first);
}

function conditionalPair(
  graph: GraphWriter,
  left: ConditionalValue,
  right: ConditionalValue,
): ConditionalValue {
  const add = (a: Value, b: Value): Value => graph.float('AddV2', [a, b], a.sizes);
  if (left.when === null) {
    if (right.when === null) return { value: add(left.value, right.value), when: null };
    const [alone, beside] = switched(graph, left.value, right.when);
    return { value: merged(graph, [alone, add(beside, right.value)]), when: null };
  }
  if (right.when === null) return conditionalPair(graph, right, left);
  if (left.when.name === right.when.name) return { value: add(left.value, right.value), when: left.when };
  const [onlyLeft, leftOfBoth] = switched(graph, left.value, right.when);
  const [onlyRight, rightOfBoth] = switched(graph, right.value, left.when);
  return {
    value: merged(graph, [onlyLeft, add(leftOfBoth, rightOfBoth), onlyRight]),
    when: either(graph, left.when, right.when),
  };
}
