import { individualsOf, type Item } from './individual.js';
import { OperationRun, type Globals, type OperationContext } from './operation-run.js';
import type { Operation, OperationName, OperationOf } from './operation.js';
import { operationKinds } from './operations/operation-table.js';

/**
 * Runs an operation on a list of items. `place` names it in the tree of operations: its random draws depend on the
 * step and on the place alone, so another operation elsewhere shifts nothing.
 */
export function applyOperation(
  operation: Operation,
  items: readonly Item[],
  context: OperationContext,
  place = '',
): { readonly items: readonly Item[]; readonly globals: Globals } {
  const run = new OperationRun(context, individualsOf(items));
  const result = applyAt(place, operation, items, run);
  return { items: result, globals: run.globals };
}

function applyAt<Name extends OperationName>(
  place: string,
  operation: OperationOf<Name>,
  items: readonly Item[],
  run: OperationRun,
): readonly Item[] {
  return operationKinds[operation.op].run(operation, items, {
    run,
    stream: () => run.stream(place),
    apply: (inside, given, index) => applyAt(`${place}.${index}`, inside, given, run),
  });
}
