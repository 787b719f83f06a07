import { conditionalSum, merged, switched } from './conditional-sum.js';
import type { ConditionalValue } from './conditional-sum.js';
import type { GraphWriter, Value } from './graph-writer.js';
import { some } from './non-empty-list.js';
import type { NonEmptyList } from './non-empty-list.js';
import type { Tape } from './tape.js';

/** A value in a branch: there when the branch's condition holds. */
export interface BranchValue {
  readonly value: Value;
  readonly when: Value;
}

/** A value inside a branch, not differentiated. */
export function entered(graph: GraphWriter, value: Value, when: Value): Value {
  const [, within] = switched(graph, value, when);
  return within;
}

/** A value inside each branch of a choice; exactly one of the conditions holds. */
export function enterEach(tape: Tape, value: Value, whens: readonly Value[]): readonly Value[] {
  const { graph } = tape;
  const copies = whens.map((when) => entered(graph, value, when));
  // All copies together: the gradient of one that its branch does not use is zero, and is there when the branch is.
  tape.recordTogether(copies, [value], (gradients) => [merged(graph, some(gradients))]);
  return copies;
}

/** A value inside a branch beside which others may be taken or none. */
export function enterOne(tape: Tape, value: Value, when: Value): Value {
  const copy = entered(tape.graph, value, when);
  return tape.record(copy, [value], (gradient) => [{ value: gradient, when }]);
}

/** The value of the branch that is taken. */
export function chosen(tape: Tape, branches: NonEmptyList<BranchValue>): Value {
  const { graph } = tape;
  const values = some(branches.map(({ value }) => value));
  return tape.record(merged(graph, values), values, (gradient, needed) =>
    branches.map(({ when }, i) => (needed[i] === true ? entered(graph, gradient, when) : null)),
  );
}

/** The sum of the branches that are taken, those without a condition always; without any it is not there. */
export function sumOfTaken(tape: Tape, branches: NonEmptyList<ConditionalValue>): Value {
  const { graph } = tape;
  const { value: sum } = conditionalSum(graph, branches);
  const values = branches.map(({ value }) => value);
  return tape.record(sum, values, (gradient, needed) =>
    branches.map(({ when }, i) => {
      if (needed[i] !== true) return null;
      return when === null ? gradient : entered(graph, gradient, when);
    }),
  );
}
