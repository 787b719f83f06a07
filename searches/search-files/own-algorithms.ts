import type { CustomFunctions } from '../../algorithms/index.js';
import { isPlainObject, type Json } from '../../foundation/json/index.js';
import { DefinitionReader } from '../definition/definition-reader.js';
import type { SearchBundle } from './evaluator-options.js';

/** The functions of an algorithm made by `custom`; null where it has none. */
export function functionsOf(algorithm: unknown): CustomFunctions<Json> | null {
  const functions = isPlainObject(algorithm) ? algorithm['functions'] : undefined;
  // The process that calls them hands each the state that an earlier one returned.
  return isPlainObject(functions) ? (functions as unknown as CustomFunctions<Json>) : null;
}

/**
 * A level whose algorithm is plain data: the hash of the search file's bundle stands for the functions of `custom`. Refuses
 * functions that cannot travel, and what `custom` was given in place of functions.
 */
export function withBundle(level: DefinitionReader, bundle: SearchBundle | undefined): DefinitionReader {
  const algorithm = level.at('algorithm');
  if (isPlainObject(algorithm.value) && algorithm.value['kind'] === 'command') {
    algorithm.refuse(
      "is an evaluator: the command of duramen/algorithms makes an algorithm, as in import { command } from 'duramen/algorithms'.",
    );
  }
  const functions = functionsOf(algorithm.value);
  if (functions === null) return level;
  for (const name of ['start', 'tell', 'ask'] as const) {
    const given: unknown = functions[name];
    if (typeof given !== 'function' && (given !== undefined || name === 'ask'))
      algorithm.refuse(`custom(…) needs a function ${name}.`);
  }
  if (bundle === undefined) {
    return algorithm.refuse(
      'the functions of custom(…) cannot travel to child workflows or through continue-as-new: in workflow code name a ' +
        'command(…), or put the search into a search file.',
    );
  }
  const { functions: _functions, ...reference } = algorithm.members();
  const config = {
    ...algorithm.at('config').members(),
    bundle: bundle.hash,
    packages: bundle.packages,
  };
  return new DefinitionReader({ ...level.members(), algorithm: { ...reference, config } }, level.place);
}
