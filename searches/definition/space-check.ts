import { parseSpace, type Space } from '../../search-spaces/language/index.js';
import { SpaceError, type SpaceProblem } from '../../search-spaces/ground/index.js';
import { validate, view } from '../../search-spaces/genomes/index.js';
import { longestGenome } from '../../search-spaces/views/index.js';
import type { DefinitionReader } from './definition-reader.js';

/** Characters of the longest genome: a search carries its state on in 1.5 MB, in which one point at least must fit. */
const genomeLimit = 1_500_000;

/** Checks a space of unknown origin; an error names the place in the search and in the space. */
export function readSpace(reader: DefinitionReader): Space {
  try {
    const space = parseSpace(reader.value);
    const longest = longestGenome(view(space));
    if (longest > genomeLimit) {
      reader.refuse(
        `a point of it takes up to ${longest} characters, and a search can carry ${genomeLimit}: decide less in one point.`,
      );
    }
    return space;
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
