import { expect, test } from 'vitest';
import { searchInput } from '../../client/started-search.js';
import type { SearchDefinition } from '../../searches/index.js';
import { ArtifactStore, FileBlobStore } from '../../storage/index.js';
import { levelDefinition, searchDefinition } from '../support/simulated-search.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** A definition whose JSON text has this number of UTF-16 code units, filled with one letter. */
function definitionOf(length: number, letter: string): SearchDefinition {
  const definition = searchDefinition([levelDefinition('simulated')]);
  const tagged = (tag: string): SearchDefinition => ({ ...definition, tags: [tag] });
  const without = JSON.stringify(tagged('')).length;
  return tagged(letter.repeat(length - without));
}

test.each(['a', 'ä', '種'])(
  'a definition with many %s travels inline up to 32,000 characters',
  async (letter) => {
    const artifacts = new ArtifactStore(new FileBlobStore(temporaryFolder()));
    const largest = definitionOf(32_000, letter);
    expect(JSON.stringify(largest).length).toBe(32_000);
    const inline = await searchInput(largest, artifacts, {});
    expect(inline.definition).toEqual({ kind: 'inline', definition: largest });
    const larger = definitionOf(32_001, letter);
    const { definition: reference } = await searchInput(larger, artifacts, { adopt: true });
    if (reference.kind !== 'stored') throw new Error('it travels inline');
    const text = new TextDecoder().decode(await artifacts.get(reference.hash));
    expect(JSON.parse(text)).toEqual(larger);
  },
);
