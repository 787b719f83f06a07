import {
  AlgorithmError,
  type AlgorithmReference,
  type LibrarySnapshot,
  type LibraryUse,
} from '../../algorithms/contract/index.js';
import { findAlgorithm } from '../../algorithms/index.js';
import { isPlainObject } from '../../foundation/json/index.js';
import { parseSpace, spaceHash } from '../../search-spaces/index.js';
import { SpaceError } from '../../search-spaces/ground/index.js';
import type { DefinitionReader } from '../definition/definition-reader.js';
import type { SearchDefinition } from '../definition/definition.js';

/**
 * Finds the records of the library that a search may start from, all of them or those of some hashes, and answers the hash
 * of their snapshot in the artifact store, or in one sentence why there is none.
 */
export type FindSnapshot = (from: 'library' | readonly string[]) => string | { readonly problem: string };

/**
 * A level whose algorithm starts from the library, with the snapshot of it: what the library has when the search file is
 * loaded, like the hash of a table. Without `find`, in workflow code, the algorithm has to have one already; its own check
 * says so.
 */
export function withSnapshot(
  level: unknown,
  options: DefinitionReader,
  find: FindSnapshot | undefined,
): unknown {
  if (!isPlainObject(level) || find === undefined) return level;
  const algorithm = referenceOf(level['algorithm']);
  const library = algorithm === null ? undefined : libraryOf(algorithm);
  const from = algorithm === null ? null : (library?.from(algorithm.config) ?? null);
  if (algorithm === null || library === undefined || from === null) return level;
  const found = find(from);
  if (typeof found !== 'string') return options.at('algorithm').refuse(found.problem);
  let space: string;
  try {
    space = spaceHash(parseSpace(options.at('space').value));
  } catch (error) {
    if (error instanceof SpaceError) return options.at('space').refuse(error.message);
    throw error;
  }
  return {
    ...level,
    algorithm: { ...algorithm, config: library.resolved(algorithm.config, { hash: found, space }) },
  };
}

/** The snapshot of the library that an algorithm starts from; null where it starts from none. */
export function snapshotOf(algorithm: AlgorithmReference): LibrarySnapshot | null {
  return libraryOf(algorithm)?.snapshot(algorithm.config) ?? null;
}

/** The records that the levels of a search name, as its options were given. */
export function namedRecords(options: unknown): readonly ('library' | readonly string[])[] {
  const flat = isPlainObject(options) ? options : {};
  const levels: readonly unknown[] = Array.isArray(flat['levels'])
    ? flat['levels'].map((level: unknown) => (isPlainObject(level) ? level['options'] : null))
    : [flat];
  return levels.flatMap((level) => {
    const algorithm = referenceOf(isPlainObject(level) ? level['algorithm'] : null);
    const from = algorithm === null ? null : (libraryOf(algorithm)?.from(algorithm.config) ?? null);
    return from === null ? [] : [from];
  });
}

/**
 * A definition that goes on with the records that a search of its name began with: the library may have grown since, and
 * that makes no other search of it.
 */
export function withSnapshotsOf(definition: SearchDefinition, before: SearchDefinition): SearchDefinition {
  const levels = definition.levels.map((level, index) => {
    const { algorithm } = level;
    const known = before.levels[index]?.algorithm;
    if (known?.name !== algorithm.name) return level;
    const library = libraryOf(algorithm);
    const snapshot = library?.snapshot(known.config) ?? null;
    const own = library?.snapshot(algorithm.config) ?? null;
    // Another space is another search.
    if (library === undefined || snapshot === null || own?.space !== snapshot.space) return level;
    return { ...level, algorithm: { ...algorithm, config: library.resolved(algorithm.config, snapshot) } };
  });
  return { ...definition, levels };
}

function libraryOf({ name, version }: AlgorithmReference): LibraryUse | undefined {
  try {
    return findAlgorithm({ name, version, config: {} }).library;
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
