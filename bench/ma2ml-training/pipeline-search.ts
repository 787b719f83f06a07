import { bindAlgorithm, ma2ml, random, regularizedEvolution } from '../../algorithms/index.js';
import type { AlgorithmReference, Metric, Proposal } from '../../algorithms/index.js';
import { rngFromSeed, sha256Hex } from '../../foundation/numbers/index.js';
import type { Json } from '../../foundation/json/index.js';
import {
  decode,
  smallMobileNetHeads,
  space,
  trainingHeads,
  trivialAugmentHeads,
  view,
} from '../../search-spaces/index.js';

/** Pipelines evaluated at the same time, by every arm. */
const roundSize = 8;

/** Augmentation, network and hyper-parameters in one flat space: 3.8 · 10¹¹ pipelines. */
export const jointSpace = space({ ...trivialAugmentHeads, ...smallMobileNetHeads, ...trainingHeads });

/** Ways to look for a pipeline. */
export const arms = {
  ma2ml: ma2ml({ pipelinesPerRound: roundSize }),
  'ma2ml lite': ma2ml({ pipelinesPerRound: roundSize, variant: 'lite' }),
  evolution: regularizedEvolution({ populationSize: 16, tournamentSize: 4 }),
  random: random(),
} as const satisfies Readonly<Record<string, AlgorithmReference>>;

export type ArmName = keyof typeof arms;

export const armNames = Object.keys(arms) as readonly ArmName[];

/** A pipeline with what its evaluation said. */
export interface Evaluated {
  readonly pipeline: Json;
  readonly reward: number;
}

const metrics: readonly Metric[] = [{ name: 'accuracy', goal: 'maximize' }];

/**
 * The pipelines that a search proposes one after the other, with their rewards. Eight are evaluated at a time, and the
 * algorithm gets their results in order, so that the search is the same however fast they are.
 */
export async function searchPipelines(
  arm: ArmName,
  seed: number,
  trials: number,
  evaluate: (pipeline: Json) => Promise<number>,
): Promise<readonly Evaluated[]> {
  const algorithm = bindAlgorithm(arms[arm], view(jointSpace), metrics, rngFromSeed(seed), 'in-order');
  let state = algorithm.init();
  let bulk: Uint8Array | null = null;
  const evaluated: Evaluated[] = [];
  while (evaluated.length < trials) {
    const open: Proposal[] = [];
    while (open.length < Math.min(roundSize, trials - evaluated.length)) {
      const proposed = algorithm.propose(state, evaluated.length + open.length);
      state = proposed.state;
      if (proposed.action.kind === 'update') {
        const { computeUpdate, applyUpdate } = algorithm;
        if (computeUpdate === undefined || applyUpdate === undefined)
          throw new Error('There are no updates.');
        const result = computeUpdate(bulk, proposed.action.request.input);
        bulk = result.bulk;
        const name = bulk === null ? null : sha256Hex(bulk.subarray(0, 64));
        state = applyUpdate(state, { bulk: name, output: result.output });
        continue;
      }
      if (proposed.action.kind !== 'trial') break;
      open.push(proposed.action.proposal);
    }
    if (open.length === 0) throw new Error('The search stands still.');
    const pipelines = open.map(({ genome }): Json => decode(jointSpace, genome));
    const rewards = await Promise.all(pipelines.map(evaluate));
    const told = open.map((proposal, i) => ({
      trial: { ...proposal, index: evaluated.length + i },
      outcome: { kind: 'scored', metrics: { accuracy: rewards[i] ?? 0 } } as const,
    }));
    state = algorithm.tell(state, told);
    evaluated.push(...pipelines.map((pipeline, i) => ({ pipeline, reward: rewards[i] ?? 0 })));
  }
  return evaluated;
}

/** The best of the first pipelines, the earlier of equals. */
export function bestOf(evaluated: readonly Evaluated[], first: number): Evaluated {
  const best = evaluated
    .slice(0, first)
    .reduce<Evaluated | null>(
      (found, one) => (found === null || one.reward > found.reward ? one : found),
      null,
    );
  if (best === null) throw new Error('Nothing was evaluated.');
  return best;
}
