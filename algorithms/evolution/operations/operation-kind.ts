import type { RandomStream } from '../../../foundation/numbers/index.js';
import type { Item } from '../individual.js';
import type { OperationRun } from '../operation-run.js';
import type { Operation, OperationFields, OperationName } from '../operation.js';
import type { FieldChecks } from './field-checks.js';

/** The run of a whole tree of operations, seen from the place of one of them. */
export interface RunAtPlace {
  readonly run: OperationRun;
  /** The random stream of the place. */
  readonly stream: () => RandomStream;
  /** Applies a child to items; `index` is the child's index among the children and names its place. */
  readonly apply: (child: Operation, items: readonly Item[], index: number) => readonly Item[];
}

/** One operation: its fields, its meaning and the operations inside it. */
export interface OperationKind<Fields> {
  /** A check for each field, the required ones first: they run in this order, and the first fault is the error. */
  readonly check: FieldChecks<Fields>;
  /** Makes a list of items from a list of items. */
  readonly run: (fields: Fields, items: readonly Item[], at: RunAtPlace) => readonly Item[];
  /** The operations inside it, by index. */
  readonly children: (fields: Fields) => readonly Operation[];
  /** The keys of the globals that it stores lists under; absent where it stores none. They bound the state's size. */
  readonly listKeys?: (fields: Fields) => readonly string[];
}

/** The kinds of some operations, by name. */
export type OperationKinds<Name extends OperationName> = {
  readonly [Each in Name]: OperationKind<OperationFields[Each]>;
};

/** The `children` of an operation that holds no others. */
export const noChildren = (): readonly Operation[] => [];
