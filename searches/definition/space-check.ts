import { parseSpace, type Space } from '../../search-spaces/language/index.js';
import { SpaceError, type SpaceProblem } from '../../search-spaces/ground/index.js';
import { validate } from '../../search-spaces/genomes/index.js';
import type { DefinitionReader } from './definition-reader.js';

/** Checks a space of unknown origin; an error names the place in the search and in the space. */
export function readSpace(reader: DefinitionReader): Space {
  try {
    return parseSpace(reader.value);
  } catch (error) {
    if (error instanceof SpaceError) reader.refuse(error.message);
    throw error;
  }
}

/** Checks a point of a space. */
export function readGenome(reader: DefinitionReader, space: Space): readonly number[] {
  const genome = validate(space, reader.value);
  if (!genome.ok) return reader.refuse(`is not a point of the space: ${problemText(genome.error)}.`);
  return genome.value;
}

/** Why a genome or value is not a point of a space, as the end of a sentence without its full stop. */
export function problemText({ code, id, detail }: SpaceProblem): string {
  return `${code}${id === null ? '' : ` at ${id === '' ? 'the root' : id}`} (${detail})`;
}
