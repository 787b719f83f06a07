import {
  AlgorithmError,
  type AlgorithmReference,
  type Metric,
  type PriorUse,
} from '../../algorithms/contract/index.js';
import { findAlgorithm } from '../../algorithms/index.js';
import { canonicalJson, isPlainObject, type Json } from '../../foundation/json/index.js';
import { parseSpace, spaceHash, type Genome, type Space } from '../../search-spaces/index.js';
import { SpaceError } from '../../search-spaces/ground/index.js';
import { decidingMetrics } from '../definition/deciding-metrics.js';
import type { DefinitionReader } from '../definition/definition-reader.js';
import type { LevelDefinition, SearchDefinition } from '../definition/definition.js';

/** The points of earlier searches as points of a space: the hash of all that are kept, and the best, to be tried first. */
export interface FoundPriors {
  readonly hash: string;
  readonly initial: readonly Genome[];
}

/** Why there are no prior points, as a sentence. */
export type PriorProblem = { readonly problem: string };

/** Finds the points of earlier searches, by their names, that are points of a space and have these metrics. */
export type FindPriors = (
  from: readonly string[],
  space: Space,
  metrics: readonly Metric[],
) => FoundPriors | PriorProblem;

/**
 * A level whose algorithm starts from earlier searches, with their points as they are when the search file is loaded: the
 * best of them follow what `initial` names. Without `find`, in workflow code, the algorithm's own check refuses.
 */
export function withPriors(level: unknown, options: DefinitionReader, find: FindPriors | undefined): unknown {
  if (!isPlainObject(level) || find === undefined) return level;
  const algorithm = referenceOf(level['algorithm']);
  const use = algorithm === null ? undefined : priorsOf(algorithm);
  const from = algorithm === null ? null : (use?.from(algorithm.config) ?? null);
  if (algorithm === null || use === undefined || from === null) return level;
  let space: Space;
  try {
    space = parseSpace(options.at('space').value);
  } catch (error) {
    if (error instanceof SpaceError) return options.at('space').refuse(error.message);
    throw error;
  }
  // The check of the definition, which comes after, reads metrics and objective again.
  const { metrics, objective } = level as unknown as Pick<LevelDefinition, 'metrics' | 'objective'>;
  const found = find(from, space, decidingMetrics({ metrics, objective }));
  if ('problem' in found) return options.at('algorithm').refuse(found.problem);
  const given = Array.isArray(level['initial']) ? (level['initial'] as readonly Genome[]) : [];
  return {
    ...level,
    initial: distinct([...given, ...found.initial]),
    algorithm: {
      ...algorithm,
      config: use.resolved(algorithm.config, { hash: found.hash, space: spaceHash(space) }),
    },
  };
}

/** The lists of searches that the levels of a search name, as its options were given. */
export function namedSearches(options: unknown): readonly (readonly string[])[] {
  const flat = isPlainObject(options) ? options : {};
  const levels: readonly unknown[] = Array.isArray(flat['levels'])
    ? flat['levels'].map((level: unknown) => (isPlainObject(level) ? level['options'] : null))
    : [flat];
  return levels.flatMap((level) => {
    const algorithm = referenceOf(isPlainObject(level) ? level['algorithm'] : null);
    const from = algorithm === null ? null : (priorsOf(algorithm)?.from(algorithm.config) ?? null);
    return from === null ? [] : [from];
  });
}

/**
 * A definition that goes on with the points that a search of its name began with: the searches that it names may have
 * gone on since, and that makes no other search of it.
 */
export function withPriorsOf(definition: SearchDefinition, before: SearchDefinition): SearchDefinition {
  const levels = definition.levels.map((level, index) => {
    const { algorithm } = level;
    const former = before.levels[index];
    if (former === undefined || former.algorithm.name !== algorithm.name) return level;
    const use = priorsOf(algorithm);
    const [known, own] = [use?.points(former.algorithm.config), use?.points(algorithm.config)];
    const sameNames =
      canonicalJson(plainNames(use, former.algorithm)) === canonicalJson(plainNames(use, algorithm));
    // Other searches, or another space, are another search.
    if (use === undefined || !known || !own || known.space !== own.space || !sameNames) return level;
    return {
      ...level,
      initial: former.initial,
      algorithm: { ...algorithm, config: use.resolved(algorithm.config, known) },
    };
  });
  return { ...definition, levels };
}

function plainNames(use: PriorUse | undefined, { config }: AlgorithmReference): Json {
  return use?.from(config) ?? null;
}

function distinct(genomes: readonly Genome[]): readonly Genome[] {
  const keys = genomes.map((genome) => JSON.stringify(genome));
  return genomes.filter((_, place) => keys.indexOf(keys[place] ?? '') === place);
}

function priorsOf({ name, version }: AlgorithmReference): PriorUse | undefined {
  try {
    return findAlgorithm({ name, version, config: {} }).priors;
  } catch (error) {
    // The check of the definition refuses an algorithm that this build lacks.
    if (error instanceof AlgorithmError) return undefined;
    throw error;
  }
}

function referenceOf(value: unknown): AlgorithmReference | null {
  if (!isPlainObject(value)) return null;
  const { name, version, config } = value;
  const isReference = typeof name === 'string' && typeof version === 'number' && isPlainObject(config);
  // The check of the algorithm reads its configuration.
  return isReference ? { name, version, config: config as AlgorithmReference['config'] } : null;
}
