import { random, regularizedEvolution, type Outcome } from '../../algorithms/index.js';
import coDesign from './three-levels/three-levels.search.js';
import { cellNetwork, type Architecture } from './three-levels/cell-network.js';
import type { Json } from '../../foundation/json/index.js';
import type { RandomStream } from '../../foundation/numbers/index.js';
import { type Accelerator, acceleratorCosts, AcceleratorModel } from '../../hardware/index.js';
import { networkCost } from '../../networks/network-graph/index.js';
import { float, int, object, oneOf, space } from '../../search-spaces/index.js';
import { defineSearch, toDefinition, type SearchDefinition } from '../../searches/index.js';
import type { SimulatedTrial, WrittenSearch } from './reported-searches.js';

const bundle = { hash: 'a'.repeat(64), packages: '' };

/** Numbers and objects of any shape, read without looking: the tests know what they wrote. */
function numberIn(parameters: Json, name: string): number {
  const value =
    typeof parameters === 'object' && parameters !== null
      ? Object.entries(parameters).find(([key]) => key === name)?.[1]
      : undefined;
  return typeof value === 'number' ? value : 0;
}

function textIn(parameters: Json, name: string): string {
  const value =
    typeof parameters === 'object' && parameters !== null
      ? Object.entries(parameters).find(([key]) => key === name)?.[1]
      : undefined;
  return typeof value === 'string' ? value : '';
}

function normal(dice: RandomStream): number {
  return dice.below(1000) / 1000 + dice.below(1000) / 1000 + dice.below(1000) / 1000 - 1.5;
}

const tuningSpace = space({
  learningRate: float(1e-4, 1e-1, { scale: 'log' }),
  width: int(16, 512, { scale: 'log' }),
  layers: int(1, 4),
  activation: oneOf(['relu', 'gelu', 'tanh']),
  optimizer: oneOf([
    object({ name: 'sgd', momentum: float(0, 0.99) }),
    object({ name: 'adam', decay: float(1e-6, 1e-2, { scale: 'log' }) }),
  ]),
});

/** A network that learns better with some parameters than with others; some trials fail, stop or are lost on the way. */
export function simulateTuning(
  parameters: Json,
  _context: unknown,
  dice: RandomStream,
  index: number,
): SimulatedTrial {
  const rate = Math.log10(numberIn(parameters, 'learningRate'));
  const width = Math.log2(numberIn(parameters, 'width'));
  const shape = textIn(parameters, 'activation') === 'tanh' ? 0.02 : 0;
  const top = 0.985 - 0.035 * (rate + 2.4) ** 2 - 0.004 * (width - 7.5) ** 2 - shape + 0.006 * normal(dice);
  const accuracy = Math.max(0.1, Math.round(1e4 * Math.min(0.993, top)) / 1e4);
  const reports = Array.from({ length: 10 }, (_unused, at) => ({
    step: at + 1,
    metrics: {
      accuracy: Math.round(1e4 * accuracy * (1 - 0.6 * Math.exp(-(at + 1) / 2.2)) + 20 * normal(dice)) / 1e4,
    },
  }));
  const milliseconds = Math.round(20_000 + 300 * 2 ** (width / 2) * (1 + dice.below(100) / 100));
  const log = reports.map(({ step, metrics }) => `epoch ${step}: accuracy ${metrics.accuracy}`);
  const latency =
    Math.round(100 * (20 + numberIn(parameters, 'width') * numberIn(parameters, 'layers') * 0.21)) / 100;
  const lost = index % 17 === 11 ? { lost: [Math.round(milliseconds / 3)] } : {};
  const outcome = ((): Outcome => {
    if (rate > -1.25) return { kind: 'failed', class: 'Diverged', message: 'the metric "loss" is NaN.' };
    if (accuracy < 0.9 && dice.below(2) === 0)
      return {
        kind: 'stopped',
        step: 4,
        metrics: { accuracy: reports[3]?.metrics.accuracy ?? 0.1 },
        cost: 4,
      };
    return { kind: 'scored', metrics: { accuracy, latency }, cost: 10 };
  })();
  const steps = outcome.kind === 'stopped' ? 4 : outcome.kind === 'failed' ? 2 : 10;
  return {
    ...{ outcome, log: log.slice(0, steps), reports: reports.slice(0, steps), ...lost },
    milliseconds: Math.round((milliseconds * steps) / 10),
    ...(outcome.kind === 'failed'
      ? { stack: 'Error: the loss is NaN\n    at evaluate (tune.search.ts:31:11)' }
      : {}),
  };
}

function tuningDefinition(
  name: string,
  trials: number,
  metrics: Readonly<Record<string, 'maximize' | 'minimize' | 'observe'>>,
  more: object = {},
): SearchDefinition {
  return toDefinition(
    defineSearch({
      name,
      space: tuningSpace,
      metrics,
      algorithm: regularizedEvolution({ populationSize: 24, tournamentSize: 6 }),
      budget: { trials, concurrency: 4 },
      seed: 7,
      tags: ['example'],
      evaluate: () => ({ accuracy: 1, latency: 1 }),
      ...more,
    }),
    bundle,
  );
}

/** A flat search with one metric to maximise and one that is observed. */
export function tuning(trials = 160, name = 'tune-mlp'): WrittenSearch {
  return {
    definition: tuningDefinition(name, trials, { accuracy: 'maximize', latency: 'observe' }),
    simulate: simulateTuning,
  };
}

/** A flat search with two goals. */
export function tradeOff(trials = 160, name = 'trade-off'): WrittenSearch {
  return {
    definition: tuningDefinition(
      name,
      trials,
      { accuracy: 'maximize', latency: 'minimize' },
      { algorithm: random(), constraints: { latency: { atMost: 150 } } },
    ),
    simulate: simulateTuning,
  };
}

/** Very many trials without records of their own. */
export function many(trials: number, name = 'many'): WrittenSearch {
  return {
    definition: tuningDefinition(
      name,
      trials,
      { accuracy: 'maximize', latency: 'minimize' },
      { algorithm: random() },
    ),
    simulate: simulateTuning,
    bare: true,
  };
}

/** Accelerator, architecture and training: three searches inside one another, with networks and their costs. */
export function nested(trials = 8, name = 'co-design'): WrittenSearch {
  const definition = toDefinition(coDesign, bundle);
  const [accelerator, architecture, training] = definition.levels;
  if (accelerator === undefined || architecture === undefined || training === undefined)
    throw new Error('levels');
  const known = new Map<string, string>();
  return {
    definition: {
      ...definition,
      name,
      levels: [{ ...accelerator, budget: { trials } }, architecture, training],
    },
    simulate: (parameters, context, dice) => {
      const network = cellNetwork(context['architecture'] as unknown as Architecture);
      const key = JSON.stringify(context['architecture']);
      known.set(key, known.get(key) ?? JSON.stringify(network));
      const { multiplyAdds, parameters: size } = networkCost(network);
      const rate = Math.log10(numberIn(parameters, 'learningRate'));
      const accuracy =
        0.86 + 0.022 * Math.log10(multiplyAdds / 1e4) - 0.03 * (rate + 1.8) ** 2 + 0.004 * normal(dice);
      return {
        outcome: {
          kind: 'scored',
          metrics: {
            accuracy: Math.round(1e4 * accuracy) / 1e4,
            loss: Math.round(1e4 * (1 - accuracy) * 3) / 1e4,
            parameters: size,
          },
        },
        milliseconds: 4000 + Math.round(multiplyAdds / 400),
        artifacts: { 'network.json': known.get(key) ?? '' },
        reports: [1, 2].map((step) => ({
          step,
          metrics: { accuracy: Math.round(1e4 * (accuracy - 0.04 / step)) / 1e4 },
        })),
        log: ['epoch 1', 'epoch 2'],
      };
    },
    measure: (parameters, context, level) => {
      if (level === 0)
        return {
          area: new AcceleratorModel(parameters as unknown as Accelerator).areaSquareMillimetres.total,
        };
      const { latency, energy } = acceleratorCosts(
        cellNetwork(parameters as unknown as Architecture),
        parameters,
        context,
      );
      return { latency, energy };
    },
  };
}

/** Searches that have little to show. */
export const spare: Readonly<Record<'failed' | 'one' | 'infeasible' | 'empty', WrittenSearch>> = {
  failed: {
    ...tuning(6, 'all-failed'),
    simulate: (_parameters, _context, _dice, index) => ({
      outcome: { kind: 'failed', class: 'Bug', message: `there is no file "data-${index}.csv".` },
      milliseconds: 900,
      stack: 'Error: ENOENT\n    at read (tune.search.ts:12:3)',
    }),
    failed: 'trial 5 failed (Bug): there is no file "data-5.csv".',
  },
  one: tuning(1, 'one-trial'),
  infeasible: {
    ...tuning(12, 'all-infeasible'),
    simulate: () => ({
      outcome: { kind: 'infeasible', reason: 'it needs more memory than there is' },
      milliseconds: 20,
    }),
  },
  empty: { ...tuning(10, 'empty'), openAfter: 0 },
};
