import { isPlainObject, type Json } from '../../foundation/json/index.js';
import { spaceHash } from '../../search-spaces/genomes/index.js';
import { shown } from './definition-reader.js';
import type { Budget, SearchDefinition } from './definition.js';
import { evaluatorIdentity } from './evaluator-identity.js';
import { levelIdentity } from './level-identity.js';

/**
 * The part of a definition that two searches must share to be the same search: of its levels what the table of their
 * fields says, and nothing of tags, which decide nothing.
 */
export function identityOf(definition: SearchDefinition): Json {
  const levels = definition.levels.map(levelIdentity);
  const { tags, name, evaluator, retraining, ...rest } = definition;
  return JSON.parse(
    JSON.stringify({
      ...rest,
      levels,
      evaluator: evaluatorIdentity(evaluator),
      ...(retraining === undefined
        ? {}
        : { retraining: { ...retraining, evaluator: evaluatorIdentity(retraining.evaluator) } }),
    }),
  ) as Json;
}

/** What differs between the identities of two definitions, one line a field: `levels[0].window: 16, now 8`. */
export function differences(before: SearchDefinition, after: SearchDefinition): readonly string[] {
  const found: string[] = [];
  compare(identityOf(before), identityOf(after), '', found);
  for (const [index, level] of before.levels.entries()) {
    const other = after.levels[index];
    const place = `levels[${index}].space`;
    if (other === undefined || found.some((line) => line.startsWith(place))) continue;
    // Two spaces of the same parts in another order are different spaces: the order of keys is that of the decisions.
    if (spaceHash(level.space) !== spaceHash(other.space)) found.push(`${place}: the order of its keys`);
  }
  return found;
}

/** What a search may go on with another of: evaluators, and the programs of users' algorithms. */
const adoptable =
  /^(evaluator|retraining|levels\[\d+\]\.measure|levels\[\d+\]\.algorithm(\.config\.algorithm)*\.config\.(bundle|packages|command|timeout))\b/;

/**
 * Of what differs, what a search that is under way may not adopt: all but another evaluator, another program of a user's
 * algorithm, whose answers are in the journal, and the retraining, which changes no decision of the search.
 */
export function beyondEvaluators(differences: readonly string[]): readonly string[] {
  return differences.filter((line) => !adoptable.test(line));
}

/**
 * How a budget relates to the one of a search that is there: `larger` when at least one amount is raised (or another
 * target asked for) and none lowered. Amounts that the new budget leaves out stay as they are.
 */
export function compareBudgets(before: Budget, after: Budget): 'equal' | 'larger' | 'smaller' {
  let larger = false;
  for (const amount of ['trials', 'scored', 'cost', 'duration'] as const) {
    const now = after[amount];
    const then = before[amount];
    // A limit that was not there would make the search shorter.
    if (now === undefined || now === then) continue;
    if (then === undefined || now < then) return 'smaller';
    larger = true;
  }
  const { target } = after;
  if (target !== undefined) {
    if (before.target === undefined) return 'smaller';
    if (before.target.metric !== target.metric || before.target.value !== target.value) larger = true;
  }
  return larger ? 'larger' : 'equal';
}

function compare(before: unknown, after: unknown, place: string, found: string[]): void {
  if (isPlainObject(before) && isPlainObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      compare(before[key], after[key], place === '' ? key : `${place}.${key}`, found);
    }
  } else if (Array.isArray(before) && Array.isArray(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index++) {
      compare(before[index], after[index], `${place}[${index}]`, found);
    }
  } else if (before !== after) {
    found.push(`${place}: ${describe(before)}, now ${describe(after)}`);
  }
}

function describe(value: unknown): string {
  return value === undefined ? 'absent' : shown(value);
}
