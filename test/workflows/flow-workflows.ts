import { composedRegularizedEvolution, random, sweep } from 'duramen/algorithms';
import { int, oneOf, space } from 'duramen/search-spaces';
import { activity, factorised, hybrid, search, type FlowLevel, type FlowResult } from 'duramen/workflows';

/** A network whose best rate depends on its kind. */
export const network = space({
  cell: oneOf([{ kind: 'conv', width: int(1, 8) }, { kind: 'pool' }, { kind: 'skip' }], { tags: ['cell'] }),
  rate: int(0, 20, { tags: ['training'] }),
  depth: int(1, 4, { tags: ['training'] }),
});

const options = (trials: number): FlowLevel => ({
  metrics: { loss: 'minimize' },
  algorithm: random(),
  budget: { trials, concurrency: 2 },
});

export const levels = factorised(
  network,
  { or: [{ tag: 'cell' }, { inside: { tag: 'cell' } }] },
  {
    outer: { ...options(6), algorithm: sweep() },
    inner: {
      ...options(8),
      algorithm: composedRegularizedEvolution({ populationSize: 4, tournamentSize: 2 }),
    },
  },
);

export const hybridOptions = { separate: options(6), joint: options(10) };
export const parts = [{ tag: 'cell' }, { tag: 'training' }] as const;

const evaluator = activity('networkLoss', null, { taskQueue: 'flows', pure: true });

/** Each cell is evaluated by a search for its training. */
export async function factorisedFlow(): Promise<unknown> {
  return search(levels, evaluator, { name: 'factorised', seed: 3 });
}

/** Cell, then training, then both together from what was found. */
export async function hybridFlow(): Promise<FlowResult> {
  return hybrid(network, parts, hybridOptions, (stage) => search(stage, evaluator, { seed: 3 }));
}
