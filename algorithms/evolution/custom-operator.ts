import type { ChoiceSource } from '../../foundation/numbers/index.js';
import type { Json } from '../../foundation/json/index.js';
import type { View } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { Item } from './individual.js';

/**
 * A user's own operator: code, which no stored data contains. Its result must depend on its arguments alone, its random
 * draws must come from `source`, and its children must come from `child`.
 */
export type CustomOperator = (
  items: readonly Item[],
  given: {
    readonly arguments: Json;
    readonly view: View;
    readonly step: number;
    readonly source: ChoiceSource;
    readonly child: (genome: readonly number[], parents: readonly number[]) => Item;
  },
) => readonly Item[];

const operators = new Map<string, CustomOperator>();

/**
 * Registers an operator under a name. Every process that runs searches with it must call this as it loads the module.
 * Throws `AlgorithmError` for a name that another operator has.
 */
export function defineOperator(name: string, operator: CustomOperator): void {
  if (operators.has(name)) throw new AlgorithmError(`the operator '${name}' is defined already`);
  operators.set(name, operator);
}

/** The operator of a name; undefined where no operator has it. */
export function findOperator(name: string): CustomOperator | undefined {
  return operators.get(name);
}
