import { isPlainObject } from '../../foundation/json/index.js';
import type { Space } from '../../search-spaces/index.js';
import { placeholdersOf } from '../definition/command-line.js';
import { DefinitionError } from '../definition/definition-error.js';
import type { Evaluator, LevelDefinition, TrialEvaluator } from '../definition/definition.js';

/**
 * Refuses a command line that names in braces what no parameter is called, as far as the spaces tell. Throws
 * `DefinitionError`.
 */
export function checkPlaceholders(evaluator: TrialEvaluator, levels: readonly LevelDefinition[]): void {
  if (evaluator.kind !== 'command' || evaluator.placeholders === undefined) return;
  const own = levels.at(-1);
  const names = own === undefined ? null : parameterNames(own.space);
  if (names === null) return;
  const outer = levels.slice(0, -1).map(({ name }) => name);
  const unknown = placeholdersOf(evaluator.command).find((path) => {
    const [first = ''] = path.split('.');
    return !names.includes(first) && !outer.includes(first);
  });
  if (unknown === undefined) return;
  throw new DefinitionError(
    'evaluate',
    `{${unknown}} in the command line names no parameter (there are ${[...names, ...outer].join(', ')}): write {{${unknown}}} for these characters themselves.`,
  );
}

/** Refuses patterns for metrics that a level does not have. Throws `DefinitionError`. */
export function checkPatterns(
  evaluator: TrialEvaluator,
  level: Pick<LevelDefinition, 'metrics'> | undefined,
  place: string,
): void {
  if (evaluator.kind !== 'command' || evaluator.patterns === undefined || level === undefined) return;
  const optimised = level.metrics.filter(({ goal }) => goal !== 'observe').map(({ name }) => name);
  const { patterns } = evaluator;
  if (typeof patterns === 'string') {
    if (optimised.length === 1) return;
    throw new DefinitionError(
      place,
      `one pattern is for one metric, and ${optimised.length} are optimised: give an object with a pattern for each of ${optimised.join(', ')}.`,
    );
  }
  const missing = optimised.find((name) => !Object.hasOwn(patterns, name));
  if (missing !== undefined) {
    throw new DefinitionError(
      place,
      `there is no pattern for the metric "${missing}": say where the command prints it.`,
    );
  }
  const unknown = Object.keys(patterns).find((name) => level.metrics.every((metric) => metric.name !== name));
  if (unknown !== undefined) {
    throw new DefinitionError(
      place,
      `there is a pattern for "${unknown}", which is no metric of the search.`,
    );
  }
}

/** Refuses a measure whose command line has what only a trial's can have. Throws `DefinitionError`. */
export function checkMeasureCommand(measure: Evaluator, place: string): void {
  if (measure.kind !== 'command' || (measure.placeholders === undefined && measure.patterns === undefined)) {
    return;
  }
  throw new DefinitionError(
    place,
    'the command of a measure reads its question as JSON from standard input and prints a line of JSON: it has neither names in braces nor patterns.',
  );
}

// Null when the space is not simply an object: then only a trial tells what there is.
function parameterNames(space: Space): readonly string[] | null {
  if (!isPlainObject(space)) return null;
  if (space['$kind'] === 'constrained') return parameterNames(space['of']);
  return '$kind' in space ? null : Object.keys(space);
}
