import { DefinitionReader } from './definition-reader.js';
import type { SearchDefinition } from './definition.js';
import { readTrialEvaluator } from './evaluator-check.js';
import { checkMeasures, readLevels } from './level-check.js';
import { readRetraining } from './retraining-check.js';

/** Largest definition, in characters of JSON. */
const definitionLimit = 400_000;

const definitionFields = ['format', 'name', 'seed', 'levels', 'evaluator', 'retraining', 'tags'] as const;

/**
 * Checks a definition of unknown origin (JSON from a file, a journal or a caller) and returns it with its type.
 * Throws `DefinitionError`, one sentence with the place of the first thing that is wrong.
 */
export function checkDefinition(value: unknown): SearchDefinition {
  const reader = new DefinitionReader(value, '');
  reader.members(definitionFields);
  const { length } = JSON.stringify(value);
  if (length > definitionLimit) {
    reader.refuse(
      `it takes ${length} characters of JSON, the limit is ${definitionLimit}: keep large data in files that the evaluation reads.`,
    );
  }
  reader.at('format').oneOf(['duramen-search/1']);
  const name = reader.at('name').safeName();
  const levels = readLevels(reader.at('levels'), (index) => `levels[${index}]`);
  const evaluator = readTrialEvaluator(reader.at('evaluator'));
  checkMeasures(levels, evaluator, (index) => `levels[${index}]`);
  const retraining = reader.optional('retraining', (member) => readRetraining(member, levels));
  const tags = reader
    .at('tags')
    .elements()
    .map((tag) => tag.nonEmptyText());
  return {
    format: 'duramen-search/1',
    name,
    seed: readSeed(reader.at('seed')),
    levels,
    evaluator,
    ...(retraining === undefined ? {} : { retraining }),
    tags,
  };
}

/** The seed of a search: a whole number or a text. */
export function readSeed(reader: DefinitionReader): number | string {
  return typeof reader.value === 'string' ? reader.nonEmptyText() : reader.wholeNumber(0);
}
