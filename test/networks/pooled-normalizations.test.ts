import { expect, test } from 'vitest';
import { buildNetwork } from '../../networks/builders/build-network.js';
import { pooledNormalizations } from '../../networks/network-graph/pooled-normalizations.js';
import { head, node, stem } from '../training/agreement.js';
import { networkOf } from '../support/training-laboratory.js';

const chain = (attributes: { readonly activation?: string; readonly stride?: number } = {}) => [
  stem,
  node('normal', 'batchNormalization', 'stem'),
  node('active', 'activation', 'normal', { function: attributes.activation ?? 'relu' }),
  node('pooled', 'maxPooling', 'active', { kernel: 2, stride: attributes.stride ?? 2 }),
];
const found = (nodes: Parameters<typeof networkOf>[0]): readonly string[] =>
  pooledNormalizations(networkOf(nodes)).map(({ pooling }) => pooling.name);

test('every block of a plain convolutional network may pool first', () => {
  const digits = { inputShape: [28, 28, 1], classes: 10 } as const;
  const network = buildNetwork({ builder: 'plainConvolutional', ...digits, widths: [4, 8, 8] });
  expect(pooledNormalizations(network)).toHaveLength(3);
});

test('a chain is found whole', () => {
  const [first] = pooledNormalizations(networkOf([...chain(), ...head('pooled')]));
  expect(Object.values(first ?? {}).map(({ name }) => name)).toEqual(['stem', 'normal', 'active', 'pooled']);
});

test.each([
  ['an activation that falls somewhere', [...chain({ activation: 'silu' }), ...head('pooled')]],
  ['windows that leave all pixels', [...chain({ stride: 1 }), ...head('pooled')]],
  [
    'another use of a value on the way',
    [
      ...chain(),
      node('other', 'averagePooling', 'normal', { kernel: 2, stride: 2 }),
      node('sum', 'add', 'pooled other'),
      ...head('sum'),
    ],
  ],
])('%s is no reason to pool first', (_name, nodes) => {
  expect(found(nodes)).toEqual([]);
});
