import type { OperationName } from '../operation.js';
import { combining } from './combining.js';
import { grouping } from './grouping.js';
import type { OperationKinds } from './operation-kind.js';
import { selecting } from './selecting.js';
import { sequencing } from './sequencing.js';
import { storing } from './storing.js';
import { varying } from './varying.js';

/** Every operation, by name. */
export const operationKinds: OperationKinds<OperationName> = {
  ...sequencing,
  ...combining,
  ...grouping,
  ...selecting,
  ...storing,
  ...varying,
};

export function isOperationName(value: unknown): value is OperationName {
  return typeof value === 'string' && Object.hasOwn(operationKinds, value);
}
