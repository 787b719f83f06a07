import { int, type } from '../tensorflow-graph/attribute.js';
import { product } from '../tensorflow-graph/basic-operations.js';
import type { Parts } from '../tensorflow-graph/batch-parts.js';
import { some } from '../tensorflow-graph/non-empty-list.js';
import { partOf } from './operation-writer.js';
import type { NetworkMode, OperationWriter, WrittenNode } from './operation-writer.js';
import type { Value } from '../tensorflow-graph/graph-writer.js';
import type { Tape } from '../tensorflow-graph/tape.js';

/** Drops single numbers. */
export const dropout: OperationWriter<'dropout'> = {
  write: (written, [input]) => dropped(written, input, input[0].sizes),
  isRandom: ({ rate }) => rate > 0,
};

/** Drops all numbers of an example. */
export const dropPath: OperationWriter<'dropPath'> = {
  write: (written, [input]) => dropped(written, input, [-1, ...written.shape.map(() => 1)]),
  isRandom: ({ rate }) => rate > 0,
};

function dropped(
  { mode, tape, node }: WrittenNode<'dropout' | 'dropPath'>,
  input: Parts,
  maskSizes: readonly number[],
): Parts {
  const { rate } = node.attributes;
  if (mode.kind === 'inference' || rate === 0) return input;
  const { graph } = tape;
  return droppedAt(tape, mode, node.name, input, maskSizes, {
    rate: () => graph.number(rate),
    scale: () => graph.number(1 / (1 - rate)),
  });
}

/** Drops single numbers at a rate that is fed, and scales the others; `use` names its random numbers. */
export function droppedAtFedRate(
  tape: Tape,
  mode: NetworkMode,
  use: string,
  input: Parts,
  rate: Value,
): Parts {
  if (mode.kind === 'inference') return input;
  const { graph } = tape;
  return droppedAt(tape, mode, use, input, input[0].sizes, {
    rate: () => rate,
    scale: () => {
      const kept = graph.float('Sub', [graph.number(1), rate], []);
      return graph.float('RealDiv', [graph.number(1), kept], []);
    },
  });
}

// Whole entries of `maskSizes` are dropped; the others are multiplied so that the expected value stays.
function droppedAt(
  tape: Tape,
  mode: Extract<NetworkMode, { kind: 'training' }>,
  use: string,
  input: Parts,
  maskSizes: readonly number[],
  { rate, scale }: { readonly rate: () => Value; readonly scale: () => Value },
): Parts {
  const { graph } = tape;
  const sizes = graph.op(
    'ConcatV2',
    [mode.batch.sizeVector(), graph.integers(...maskSizes.slice(1)), graph.integer(0)],
    { type: 'int32', sizes: [maskSizes.length] },
    { T: type('int32'), N: int(2), Tidx: type('int32') },
  );
  const seed = mode.seedOf(use);
  const random = graph.op(
    'StatelessRandomUniform',
    [sizes, seed],
    { type: 'float', sizes: maskSizes },
    { dtype: type('float'), T: type('int32'), Tseed: type('int32') },
  );
  const kept = graph.op(
    'GreaterEqual',
    [random, rate()],
    { type: 'bool', sizes: maskSizes },
    { T: type('float') },
  );
  const ones = graph.op(
    'Cast',
    [kept],
    { type: 'float', sizes: maskSizes },
    { SrcT: type('bool'), DstT: type('float') },
  );
  const mask = graph.float('Mul', [ones, scale()], maskSizes);
  const masks = mode.batch.split(mask);
  // A product with the smaller mask goes through broadcasting; the mask itself needs no gradient.
  return some(input.map((part, i) => product(tape, part, partOf(masks, i))));
}
