import { ma2ml, type Ma2mlOptions, type Metric, type TellingOrder } from '../../../algorithms/index.js';
import { bool, float, listOf, oneOf, view, type View } from '../../../search-spaces/index.js';
import { describeContract } from '../contract.js';
import { conditionalSpace, tagged } from './problem.js';

const metrics: readonly Metric[] = [
  { name: 'score', goal: 'maximize' },
  { name: 'size', goal: 'observe', atMost: 2 },
];
const small = view({ a: oneOf([1, 2, 3], tagged('NAS')), b: bool(tagged('HPO')) });
const continuous = view({
  rate: float(1e-4, 1e-1, { scale: 'log', ...tagged('HPO') }),
  momentum: float(0.5, 0.999, { scale: 'reverseLog', ...tagged('HPO') }),
  activation: oneOf(['relu', 'tanh', { leak: float(0, 1) }], tagged('NAS')),
});
const lists = view({
  layers: listOf({ width: oneOf([8, 16]), skip: bool() }, { min: 1, max: 3, ...tagged('NAS') }),
  rate: oneOf([0.1, 0.01], tagged('HPO')),
});
const two = { agents: [{ name: 'NAS' }, { name: 'HPO' }] };
const quick = { stepsPerRound: 2, actionsPerStep: 2, hiddenUnits: 8, range: [-50, 800] } as const;
const tunas = { metric: 'size', target: 2, mode: 'tunas' } as const;

const cases: readonly [string, View, TellingOrder, Ma2mlOptions][] = [
  ['small', small, 'in-order', { ...two, ...quick, variant: 'on-credit' }],
  [
    'conditional',
    conditionalSpace,
    'in-order',
    { ...quick, pipelinesPerRound: 5, costs: [tunas], replay: 100 },
  ],
  ['conditional', conditionalSpace, 'as-completed', { ...quick, pipelinesPerRound: 5, variant: 'lite' }],
  ['lists', lists, 'in-order', { ...two, ...quick }],
  ['continuous', continuous, 'as-completed', { ...two, ...quick, updates: 'sequential', target: 'mixture' }],
];
for (const [title, space, order, options] of cases) {
  const search = { reference: ma2ml(options), view: space, metrics, order, seed: 7 };
  describeContract(`ma2ml ${options.variant ?? 'full'}, ${title} space, ${order}`, search, 'repeats');
}
