import { bindAlgorithm, ma2ml, type BoundAlgorithm, type StateValue } from '../../algorithms/index.js';
import { rngFromSeed, sha256Hex } from '../../foundation/numbers/index.js';
import { object, oneOf, view, type Space } from '../../search-spaces/index.js';
import { rounded } from './summary.js';

type Compute = NonNullable<BoundAlgorithm['computeUpdate']>;

/** Options of the decisions of a default space of three agents: augmentation, mobile blocks, training. */
const decisions: Readonly<Record<string, readonly number[]>> = {
  AUG: [2, 2, 2, 2, 2, 2, 2, 5, 5, 3, 2],
  NAS: [...Array.from({ length: 4 }, () => [2, 3, 3, 3, 2]).flat(), 3],
  HPO: [6, 5, 4, 2, 2, 3, 2],
};

/** Milliseconds of an agent update at the default sizes: median and longest of some rounds after a warm-up. */
export function timeUpdates(rounds: number): Readonly<Record<string, number>> {
  const parts = Object.entries(decisions).flatMap(([agent, sizes]) =>
    sizes.map((of, place): [string, Space] => {
      const [first = 0, ...others] = Array.from({ length: of }, (_, option) => option);
      return [`${agent.toLowerCase()}${place}`, oneOf([first, ...others], { tags: [agent] })];
    }),
  );
  const space = view(object(Object.fromEntries(parts)));
  const metrics = [{ name: 'accuracy', goal: 'maximize' }] as const;
  const algorithm = bindAlgorithm(ma2ml(), space, metrics, rngFromSeed('update-time'), 'in-order');
  const times: number[] = [];
  const work: number[] = [];
  let bulk: Uint8Array | null = null;
  let state: StateValue = algorithm.init();
  for (let index = 0; times.length < rounds + 5;) {
    const proposed = algorithm.propose(state, index);
    state = proposed.state;
    if (proposed.action.kind === 'trial') {
      const { genome } = proposed.action.proposal;
      const accuracy =
        genome.reduce((sum, option, place) => sum + ((option * (place + 3)) % 5) / 4, 0) / genome.length;
      const trial = { ...proposed.action.proposal, index };
      state = algorithm.tell(state, [{ trial, outcome: { kind: 'scored', metrics: { accuracy } } }]);
      index += 1;
      continue;
    }
    if (proposed.action.kind !== 'update') throw new Error('The search stands still.');
    const start = performance.now();
    const startOfWork = process.cpuUsage();
    const { input } = proposed.action.request;
    const result: ReturnType<Compute> | undefined = algorithm.computeUpdate?.(bulk, input);
    times.push(performance.now() - start);
    work.push(process.cpuUsage(startOfWork).user / 1000);
    bulk = result?.bulk ?? null;
    if (bulk === null) throw new Error('The update has no bulk.');
    state = algorithm.applyUpdate?.(state, { bulk: sha256Hex(bulk), output: result?.output ?? null }) ?? null;
  }
  const sorted = ascending(times.slice(5));
  const heads = Object.values(decisions).flat();
  return {
    heads: heads.length,
    logits: heads.reduce((sum, of) => sum + of, 0),
    rounds,
    medianMilliseconds: rounded(sorted[Math.floor(rounds / 2)] ?? NaN, 1),
    longestMilliseconds: rounded(sorted.at(-1) ?? NaN, 1),
    // On a busy machine this says more than the time on the clock.
    medianProcessorMilliseconds: rounded(ascending(work.slice(5))[Math.floor(rounds / 2)] ?? NaN, 1),
    bulkBytes: bulk?.length ?? 0,
  };
}

function ascending(values: readonly number[]): readonly number[] {
  return values.toSorted((a, b) => a - b);
}
