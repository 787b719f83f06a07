import type { ChoiceSource } from '../../foundation/numbers/index.js';
import type { Json } from '../../foundation/json/index.js';
import type { View } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { Item } from './individual.js';

/**
 * An operator of one's own: code that is never part of stored data. It must depend on its arguments alone and draw
 * from the source it is given; children are individuals of `child`.
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
 * Makes an operator known under a name, in every process that runs searches with it: call it where the module is
 * loaded. Throws `AlgorithmError` for a name that is taken.
 */
export function defineOperator(name: string, operator: CustomOperator): void {
  if (operators.has(name)) throw new AlgorithmError(`the operator '${name}' is defined already`);
  operators.set(name, operator);
}

/** The operator of a name; undefined where there is none. */
export function findOperator(name: string): CustomOperator | undefined {
  return operators.get(name);
}
