import { expect, test } from 'vitest';
import { buildNetwork } from '../../src/training/builders/build-network.js';
import { operationSchedule } from '../../src/training/operation-schedule.js';

const digits = { inputShape: [28, 28, 1], classes: 10 } as const;
const plain = { builder: 'plainConvolutional', ...digits, widths: [16, 32, 64] } as const;
const cell =
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|';

test.each([
  ['a small chain of convolutions', plain, 'consecutive'],
  [
    'shortcuts are no branches',
    { builder: 'residualConvolutional', ...digits, widths: [8, 16] },
    'consecutive',
  ],
  ['a large chain', { ...plain, widths: [64, 128, 256] }, 'concurrent'],
  ['branches', { builder: 'nasBench201', ...digits, cell, channels: 4, cellsPerStage: 1 }, 'concurrent'],
  ['dense layers', { builder: 'multilayerPerceptron', ...digits, units: [64, 64] }, 'concurrent'],
] as const)('%s on two threads', (_name, network, schedule) => {
  expect(operationSchedule(2, buildNetwork(network))).toBe(schedule);
});

test('one thread takes the operations one after another', () => {
  expect(operationSchedule(1, buildNetwork({ ...plain, widths: [64, 128, 256] }))).toBe('consecutive');
});
