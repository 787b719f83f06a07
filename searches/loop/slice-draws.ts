import { AlgorithmError, type Draw } from '../../algorithms/index.js';
import { fork, RandomStream } from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import { sample } from '../../search-spaces/variation/index.js';
import { view } from '../../search-spaces/genomes/index.js';
import type { SearchPlan } from './search-plan.js';

/**
 * What answers the draws of a slice by their place, from 0. A draw depends on the search, the stream, the policy and the
 * place alone, so that any process may make it, in any order, and again. `policy` are the bytes of the policy from which
 * the slice draws; null where it draws uniformly. Throws `AlgorithmError` where the algorithm has no policy.
 */
export function sliceDraws(
  { search, level, algorithm, rng }: SearchPlan,
  draw: Draw,
  policy: Uint8Array | null,
): (place: number) => Genome {
  if (draw.from === 'list') return (place) => listed(draw.genomes, place);
  const root = fork(fork(rng, 'draws'), draw.stream);
  if (draw.from === 'uniform') {
    const seen = view(level.space);
    return (place) => sample(seen, new RandomStream(fork(root, place)));
  }
  if (algorithm.drawer === undefined || policy === null) {
    throw new AlgorithmError(
      `a slice of "${search}" draws from a policy, and ${algorithm.name} has none to draw from`,
    );
  }
  const drawn = algorithm.drawer(policy);
  return (place) => drawn(fork(root, place));
}

function listed(genomes: readonly Genome[], place: number): Genome {
  const genome = genomes[place];
  if (genome !== undefined) return genome;
  throw new AlgorithmError(
    `a slice lists ${genomes.length} architectures, and its evaluation asks for number ${place + 1}`,
  );
}
