import type { AlgorithmReference } from '../algorithms/contract/index.js';
import type { SearchDefinition } from '../searches/definition/index.js';
import { ClientError } from './errors/client-error.js';

/**
 * A definition with the code of an earlier one: its evaluator, measures, the functions of its algorithms and the evaluator
 * of its retraining.
 */
export function withEvaluatorsOf(definition: SearchDefinition, before: SearchDefinition): SearchDefinition {
  const levels = definition.levels.map((level, index) => {
    const former = before.levels[index];
    if (former === undefined) return level;
    const { measure } = former;
    return {
      ...level,
      algorithm: withFunctionsOf(level.algorithm, former.algorithm),
      ...(level.measure === undefined || measure === undefined ? {} : { measure }),
    };
  });
  const { retraining } = definition;
  return {
    ...definition,
    levels,
    evaluator: before.evaluator,
    ...(retraining === undefined || before.retraining === undefined
      ? {}
      : { retraining: { ...retraining, evaluator: before.retraining.evaluator } }),
  };
}

/** An algorithm whose functions are those of an earlier one of the same name; another algorithm stays as it is. */
function withFunctionsOf(algorithm: AlgorithmReference, before: AlgorithmReference): AlgorithmReference {
  const { bundle, packages } = before.config;
  const isOf = algorithm.name === before.name && algorithm.config['bundle'] !== undefined;
  if (!isOf || bundle === undefined || packages === undefined) return algorithm;
  return { ...algorithm, config: { ...algorithm.config, bundle, packages } };
}

/** Whether a line of `differences` is about code: the bundle of a search file or the packages beside it. */
function isCode(line: string): boolean {
  return /\.(bundle|packages):/.test(line);
}

// As esbuild writes the option of a search or level.
const budgetOption = /\bbudget: \{(?:[^{}]|\{[^{}]*\})*\}/g;

/**
 * Whether two bundles of a search file are the same but for the budgets of its levels. A bundle in which `budget` stands
 * more often than there are levels may have a budget among its code: then it is not told to be the same.
 */
export function differOnlyInBudgets(before: string, now: string, levels: number): boolean {
  const [former, present] = [before, now].map((bundle) => ({
    budgets: bundle.match(budgetOption)?.length ?? 0,
    rest: bundle.replace(budgetOption, 'budget: {}'),
  }));
  return former?.budgets === levels && present?.budgets === levels && former.rest === present.rest;
}

/** The hashes of the bundles of two definitions that differ in these alone; null when they differ in more, or not. */
export function differingBundles(
  before: SearchDefinition,
  now: SearchDefinition,
  different: readonly string[],
): readonly [string, string] | null {
  const [former, present] = [before.evaluator, now.evaluator];
  if (former.kind !== 'function' || present.kind !== 'function' || former.bundle === present.bundle)
    return null;
  return different.every((line) => /\.bundle:/.test(line)) ? [former.bundle, present.bundle] : null;
}

/** Whether a line of `differences` is about the weights of another search. */
function isWeights(line: string): boolean {
  return /^evaluator\.(setting|weights):/.test(line);
}

/** Whether a line of `differences` is about how a retraining follows the search, and not about code. */
export function isRetrainingOption(line: string): boolean {
  return line.startsWith('retraining') && !isCode(line);
}

/** Refuses a definition that differs from the one that the search of its name has; the sentence says what to do. */
export function refuseDifferent(name: string, different: readonly string[]): never {
  const fields = different.filter((line) => !isCode(line));
  if (different.length > 0 && different.every(isWeights)) {
    throw new ClientError(
      'input',
      `Search "${name}" was started under other weights than the search that it names has now: --keep goes on with those, ` +
        '--adopt with the new, --new starts a search of its own.',
    );
  }
  const shownFields = fields.slice(0, 5).join('; ') + (fields.length > 5 ? '; …' : '');
  if (fields.length > 0 && fields.every(isRetrainingOption)) {
    throw new ClientError(
      'input',
      `Search "${name}" is there with another retraining (${shownFields}), which changes none of its trials: --adopt goes on ` +
        'with it, --new starts a search of its own.',
    );
  }
  throw new ClientError(
    'input',
    fields.length === 0
      ? `Search "${name}" was started with another version of the search file or its packages: --keep goes on with the ` +
          'old code (and extends if the budget is larger), --adopt with the new, --new starts a search of its own.'
      : `Search "${name}" is there with another definition (${shownFields}): undo the change, or --new starts a search of its own.`,
  );
}
