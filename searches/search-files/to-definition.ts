import { isPlainObject } from '../../foundation/json/index.js';
import { readSeed } from '../definition/definition-check.js';
import { DefinitionReader } from '../definition/definition-reader.js';
import type { SearchDefinition } from '../definition/definition.js';
import { checkMeasures, readLevels } from '../definition/level-check.js';
import type { Search } from './define-search.js';
import { checkTableMetrics, evaluatorContext, kindOf, toOwnEvaluator } from './evaluator-options.js';
import type { HashFile, SearchBundle } from './evaluator-options.js';
import { levelOptions, toLevel } from './level-options.js';
import { toRetraining } from './retraining-options.js';
import { type FindSnapshot, withSnapshot } from './library-snapshot.js';
import { checkWeights, type FindWeights, foundWeights } from './shared-weights-evaluator.js';

const evaluationOptions = ['evaluate', 'light', 'pure', 'retraining', 'seed', 'tags'] as const;

/**
 * The definition of a search as plain data, with all defaults filled in. Functions need the `bundle` of their search
 * file; without one (in workflow code) a function is refused, because it cannot travel. Tables are hashed by
 * `hashFile`; without it they have to name their hash. Weights of another search are found by `findWeights`, records of the
 * library by `findSnapshot`. Throws `DefinitionError`.
 */
export function toDefinition(
  search: Search,
  bundle?: SearchBundle,
  hashFile?: HashFile,
  findWeights?: FindWeights,
  findSnapshot?: FindSnapshot,
): SearchDefinition {
  const reader = new DefinitionReader(search.options, '');
  const flat = reader.at('levels').value === undefined;
  reader.members(flat ? [...levelOptions, ...evaluationOptions] : ['name', 'levels', ...evaluationOptions]);
  const name = reader.at('name').safeName();
  const context = evaluatorContext(reader, bundle, hashFile);
  const evaluate = reader.at('evaluate');
  const found = kindOf(evaluate) === 'sharedWeights' ? foundWeights(reader, findWeights) : null;
  const evaluator = found?.evaluator ?? toOwnEvaluator(reader, context);
  const placeOf = (index: number): string => (flat ? '' : `levels[${index}]`);
  const given = flat
    ? [new DefinitionReader(omit(reader.members(), evaluationOptions), '')]
    : reader
        .at('levels')
        .elements()
        .map((element) => toLevelOptions(element));
  const outer: string[] = [];
  const levels = given.map((options, index) => {
    const plain = withSnapshot(toLevel(options, outer, context), options, findSnapshot);
    if (index === 0) outer.push(...contextOf(options));
    outer.push(options.at('name').safeName());
    return plain;
  });
  const checked = readLevels(new DefinitionReader(levels, 'levels'), placeOf);
  checkMeasures(checked, evaluator, placeOf);
  checkTableMetrics(evaluator, checked.at(-1), 'evaluate');
  if (found !== null) checkWeights(evaluate, found, checked);
  const retraining = reader.optional('retraining', (member) =>
    toRetraining(member, checked, { bundle, hashFile }),
  );
  return {
    format: 'duramen-search/1',
    name,
    seed: reader.optional('seed', readSeed) ?? 0,
    levels: checked,
    evaluator,
    ...(retraining === undefined ? {} : { retraining }),
    tags: reader.optional('tags', (tags) => tags.elements().map((tag) => tag.nonEmptyText())) ?? [],
  };
}

/** What the outermost level reads from the context of its search: the levels inside it may read it, too. */
function contextOf(options: DefinitionReader): readonly string[] {
  return options.optional('dependsOn', (names) => names.elements().map((name) => name.text())) ?? [];
}

function toLevelOptions(element: DefinitionReader): DefinitionReader {
  if (!isPlainObject(element.value) || element.value['kind'] !== 'duramen-level') {
    element.refuse('must be made by level({ … }).');
  }
  const options = new DefinitionReader(element.value['options'], element.place);
  options.members(levelOptions);
  return options;
}

function omit(
  value: { readonly [key: string]: unknown },
  keys: readonly string[],
): { readonly [key: string]: unknown } {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}
