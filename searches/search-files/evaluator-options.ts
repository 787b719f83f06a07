import { isPlainObject } from '../../foundation/json/index.js';
import { DefinitionError } from '../definition/definition-error.js';
import { DefinitionReader } from '../definition/definition-reader.js';
import type { Evaluator, LevelDefinition, TrialEvaluator } from '../definition/definition.js';
import { readEvaluator } from '../definition/evaluator-check.js';

/** The stored bundle of a search file, which carries its functions to evaluating processes. */
export interface SearchBundle {
  /** Hash in the artifact store. */
  readonly hash: string;
  /** Hash of the lock file that pins the packages outside the bundle; empty when there is none. */
  readonly packages: string;
}

/** Finds a file that a search names: where it lies and the SHA-256 of its bytes, or why it cannot be read. */
export type HashFile = (
  path: string,
) => { readonly path: string; readonly sha256: string } | { readonly problem: string };

/** What a value says that it is, such as `sharedWeights`; undefined where it says nothing. */
export function kindOf({ value }: DefinitionReader): unknown {
  return isPlainObject(value) ? value['kind'] : undefined;
}

const otherEvaluators = ', command(…), activity(…), workflow(…), table(…) or surrogate(…)';

/** What turns an evaluator of a search file into plain data, beside the evaluator itself. */
export interface EvaluatorContext {
  readonly light: boolean;
  readonly pure: boolean;
  readonly bundle: SearchBundle | undefined;
  readonly hashFile: HashFile | undefined;
}

/** Reads the options that stand beside an evaluator. */
export function evaluatorContext(
  reader: DefinitionReader,
  bundle: SearchBundle | undefined,
  hashFile: HashFile | undefined,
): EvaluatorContext {
  return {
    light: reader.optional('light', (member) => member.boolean()) ?? false,
    pure: reader.optional('pure', (member) => member.boolean()) ?? false,
    bundle,
    hashFile,
  };
}

/** The evaluator beside which `light` is given. */
export function toOwnEvaluator(reader: DefinitionReader, context: EvaluatorContext): Evaluator {
  const evaluator = toEvaluator(reader.at('evaluate'), context);
  if (context.light && evaluator.kind !== 'function') {
    reader.at('light').refuse(`only a function can be light, and evaluate is a ${evaluator.kind}.`);
  }
  return evaluator;
}

/** An evaluator as plain data: the hash of the search file's bundle stands for a function. */
export function toEvaluator(reader: DefinitionReader, context: EvaluatorContext): Evaluator {
  if (typeof reader.value !== 'function') {
    if (kindOf(reader) === 'sharedWeights') {
      reader.refuse(
        'sharedWeights(…) evaluates the trials of a search: it can neither measure a level nor retrain a candidate.',
      );
    }
    if (!isPlainObject(reader.value)) {
      reader.refuse(`must be a function${otherEvaluators}.`);
    }
    const evaluator = readEvaluator(
      reader.value['kind'] === 'table' ? withHash(reader, context.hashFile) : reader,
    );
    if (evaluator.kind === 'function') reader.refuse(`must be the function itself${otherEvaluators}.`);
    return evaluator;
  }
  if (context.bundle === undefined) {
    return reader.refuse(
      'a function cannot travel to child workflows or through continue-as-new: in workflow code name an activity(…) ' +
        'or workflow(…), or put the search into a search file.',
    );
  }
  const { light, pure, bundle } = context;
  return { kind: 'function', bundle: bundle.hash, packages: bundle.packages, light, pure };
}

/** The table with the path and the hash of its file. */
function withHash(reader: DefinitionReader, hashFile: HashFile | undefined): DefinitionReader {
  const given = reader.optional('sha256', (hash) => hash.text());
  if (hashFile === undefined) {
    if (given !== undefined) return reader;
    return reader
      .at('sha256')
      .refuse(
        'files cannot be read here: give the SHA-256 of the file, or put the search into a search file.',
      );
  }
  const found = hashFile(reader.at('path').nonEmptyText());
  if ('problem' in found) return reader.at('path').refuse(found.problem);
  if (given !== undefined && given !== found.sha256) {
    reader.at('sha256').refuse(`${found.path} has the SHA-256 ${found.sha256}, not this one.`);
  }
  return new DefinitionReader({ ...reader.members(), ...found }, reader.place);
}

/** Every optimised metric of what a table evaluates has to come from it. */
export function checkTableMetrics(
  evaluator: TrialEvaluator,
  level: Pick<LevelDefinition, 'metrics'> | undefined,
  place: string,
): void {
  if (evaluator.kind !== 'table' || level === undefined) return;
  const measured = Object.keys(evaluator.description.metrics);
  const missing = level.metrics.find(({ name, goal }) => goal !== 'observe' && !measured.includes(name));
  if (missing !== undefined) {
    throw new DefinitionError(
      place,
      `the table has no metric "${missing.name}" (it has ${measured.join(', ')}): say where it is read.`,
    );
  }
}
