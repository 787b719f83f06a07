import { fork, type Rng } from '../../foundation/numbers/index.js';
import type { Genome, View } from '../../search-spaces/index.js';
import type { Coordinates } from './coordinates.js';
import { quasiRandomGenome } from './quasi-random-genome.js';
import { isSeen, unseenPoint, type SeenPoints } from './seen-points.js';

/**
 * The point with which a search begins: that of the low-discrepancy sequence at `place`, or another one where it was
 * seen. Null where no unseen point is left; `seen` is null where points may repeat.
 */
export function startPoint(
  coordinates: Coordinates,
  view: View,
  rng: Rng,
  place: number,
  seen: SeenPoints | null,
): Genome | null {
  const genome = quasiRandomGenome(coordinates, rng, place);
  if (seen === null || !isSeen(seen, genome)) return genome;
  return unseenPoint(view, seen, [], fork(rng, `start:${place}`));
}
