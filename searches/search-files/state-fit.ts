import { view } from '../../search-spaces/genomes/index.js';
import { longestGenome } from '../../search-spaces/views/index.js';
import { DefinitionError } from '../definition/definition-error.js';
import type { LevelDefinition } from '../definition/definition.js';
import { lastTrials } from '../loop/counting.js';
import { stateLimit } from '../loop/state-limit.js';

/**
 * Refuses levels whose points are too large for a search to carry as many of them on as its window holds, beside the
 * last ones. Only new definitions are checked: a short search of such a level may come to its end all the same.
 */
export function checkStateFits(levels: readonly LevelDefinition[], placeOf: (index: number) => string): void {
  for (const [index, { space, window }] of levels.entries()) {
    const longest = longestGenome(view(space));
    if ((window + lastTrials) * longest <= stateLimit) continue;
    const most = Math.floor(stateLimit / longest) - lastTrials;
    const place = placeOf(index);
    throw new DefinitionError(
      place === '' ? 'space' : `${place}.space`,
      `a point of it takes up to ${longest} characters, too many for a window of ${window} points: ` +
        (most > 0 ? `a window of ${most} fits, or a space that decides less.` : 'decide less in one point.'),
    );
  }
}
