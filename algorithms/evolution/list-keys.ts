import type { Operation, OperationName, OperationOf } from './operation.js';
import { operationKinds } from './operations/operation-table.js';

/** The keys of the globals that an operation and the operations inside it store lists under. */
export function listKeys(operation: Operation): readonly string[] {
  return [...ownListKeys(operation), ...childrenOf(operation).flatMap(listKeys)];
}

function ownListKeys<Name extends OperationName>(operation: OperationOf<Name>): readonly string[] {
  return operationKinds[operation.op].listKeys?.(operation) ?? [];
}

function childrenOf<Name extends OperationName>(operation: OperationOf<Name>): readonly Operation[] {
  return operationKinds[operation.op].children(operation);
}
