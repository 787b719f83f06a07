import { ma2ml, type Ma2mlOptions, type TellingOrder } from '../../../algorithms/index.js';
import { bool, float, listOf, oneOf, space, type Space } from '../../../search-spaces/index.js';
import { describeAlgorithm } from '../../../testing/index.js';
import { conditional, tagged } from './problem.js';

const small = space({ a: oneOf([1, 2, 3], tagged('NAS')), b: bool(tagged('HPO')) });
const continuous = space({
  rate: float(1e-4, 1e-1, { scale: 'log', ...tagged('HPO') }),
  momentum: float(0.5, 0.999, { scale: 'reverseLog', ...tagged('HPO') }),
  activation: oneOf(['relu', 'tanh', { leak: float(0, 1) }], tagged('NAS')),
});
const lists = space({
  layers: listOf({ width: oneOf([8, 16]), skip: bool() }, { min: 1, max: 3, ...tagged('NAS') }),
  rate: oneOf([0.1, 0.01], tagged('HPO')),
});
const two = { agents: [{ name: 'NAS' }, { name: 'HPO' }] };
const quick = { stepsPerRound: 2, actionsPerStep: 2, hiddenUnits: 8, range: [-50, 800] } as const;
const tunas = { metric: 'size', target: 2, mode: 'tunas' } as const;

const cases: readonly [string, Space, TellingOrder, Ma2mlOptions][] = [
  ['small', small, 'in-order', { ...two, ...quick, variant: 'on-credit' }],
  ['conditional', conditional, 'in-order', { ...quick, pipelinesPerRound: 5, costs: [tunas], replay: 100 }],
  ['conditional', conditional, 'as-completed', { ...quick, pipelinesPerRound: 5, variant: 'lite' }],
  ['lists', lists, 'in-order', { ...two, ...quick }],
  ['continuous', continuous, 'as-completed', { ...two, ...quick, updates: 'sequential', target: 'mixture' }],
  ['conditional', conditional, 'in-order', { ...quick, pipelinesPerRound: 5, screen: 8 }],
  ['continuous', continuous, 'as-completed', { ...two, ...quick, screen: 6 }],
];
for (const [name, of, order, options] of cases) {
  await describeAlgorithm(ma2ml(options), {
    title: `ma2ml ${options.variant ?? (options.screen === undefined ? 'full' : 'screened')}`,
    spaces: { [name]: of },
    orders: [order],
  });
}
