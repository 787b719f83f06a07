import { unreachable } from '../../foundation/errors/index.js';
import { nasBench201Operations } from '../../search-spaces/index.js';
import { GraphError, show } from '../ground/index.js';
import type { FieldReader } from '../ground/index.js';
import { inferShapes, inputShapes, networkCost } from '../network-graph/index.js';
import type { Cost, NetworkGraph } from '../network-graph/index.js';
import { imageInput } from '../operations/index.js';
import { readChoice, readClassifier } from './classifier.js';
import type { ClassifierParameters } from './classifier.js';
import { Choice } from '../supernetwork/index.js';
import type { Supernetwork } from '../supernetwork/index.js';
import { NetworkBuilder } from './network-builder.js';

export type NasBench201Operation = (typeof nasBench201Operations)[number];

/** What an edge does: an operation, or a choice of several. */
type EdgeOperation = NasBench201Operation | Choice<NasBench201Operation>;

/** The edges of a cell in the order of its operations: from node, to node. Node 0 is the cell's input, 3 its output. */
export const nasBench201Edges = [
  [0, 1],
  [0, 2],
  [1, 2],
  [0, 3],
  [1, 3],
  [2, 3],
] as const;

export interface NasBench201Parameters extends ClassifierParameters {
  /** Six operations in the order of `nasBench201Edges`, or the architecture string of the NAS-Bench-201 tables. */
  readonly cell: readonly EdgeOperation[] | string;
  /** Channels of the first stage, doubled twice; default 16. */
  readonly channels?: number;
  /** Cells in each of the three stages; default 5. */
  readonly cellsPerStage?: number;
  /**
   * Names the nodes of an edge by its operation, as a supernetwork and its children have them; default false, and always
   * true where an operation is a choice.
   */
  readonly branchNames?: boolean;
}

/**
 * The network of NAS-Bench-201 (Dong and Yang, ICLR 2020): a stem, three stages of equal cells with a residual block
 * that halves the image and doubles the channels between them, global pooling and a linear classifier. Edges of the
 * operation `none` stay in the graph as zeros, so that counts agree with the tables.
 */
export function nasBench201(fields: FieldReader): NetworkGraph | Supernetwork {
  const { inputShape, classes } = readClassifier(fields, 'image');
  const cell = readCell(fields);
  const channels = fields.count('channels', 16);
  const cellsPerStage = fields.count('cellsPerStage', 5);
  const branchNames = fields.flag('branchNames', false) || cell.some((each) => each instanceof Choice);
  fields.finish();

  const builder = new NetworkBuilder();
  const input = builder.input('input', inputShape);
  const stem = builder.node('stem/convolution', 'convolution', input, {
    filters: channels,
    kernel: [3, 3],
    bias: false,
  });
  let last = builder.node('stem/batchNormalization', 'batchNormalization', stem, {});
  for (let stage = 1; stage <= 3; stage++) {
    const width = channels * 2 ** (stage - 1);
    if (stage > 1) last = reductionBlock(builder, `reduction${stage - 1}`, last, width);
    for (let i = 1; i <= cellsPerStage; i++) {
      last = appendCell(builder, `stage${stage}/cell${i}`, last, { cell, width, branchNames });
    }
  }
  last = builder.node('head/batchNormalization', 'batchNormalization', last, {});
  last = builder.node('head/activation', 'activation', last, { function: 'relu' });
  last = builder.node('head/globalAveragePooling', 'globalAveragePooling', last, {});
  return builder.buildWithChoices([builder.node('logits', 'dense', last, { units: classes })]);
}

/** One cell as a network of its own, to be drawn or measured: its input is an image with the cell's channels. */
export function nasBench201Cell(
  cell: readonly NasBench201Operation[],
  inputShape: readonly [number, number, number],
): NetworkGraph {
  const builder = new NetworkBuilder();
  const input = builder.input('input', inputShape);
  return builder.build([
    appendCell(builder, 'cell', input, { cell, width: inputShape[2], branchNames: false }),
  ]);
}

/**
 * Parameters and multiply-adds as the NAS-Bench-201 tables state them. They equal the general counts but for the
 * global pooling of an s × s image, which the tables count as a window of (s + 1) × (s + 1).
 */
export function nasBench201Cost(graph: NetworkGraph): Cost {
  const { parameters, multiplyAdds } = networkCost(graph);
  const shapes = inferShapes(graph);
  let pooling = 0;
  for (const node of graph.nodes) {
    if (node.op !== 'globalAveragePooling') continue;
    const { height, width, channels } = imageInput(node, inputShapes(node, shapes));
    pooling += channels * ((height + 1) * (width + 1) - height * width);
  }
  return { parameters, multiplyAdds: multiplyAdds + pooling };
}

/**
 * The six operations of an architecture string such as
 * `|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|none~1|nor_conv_1x1~2|`. Throws `GraphError`.
 */
export function parseNasBench201Cell(text: string): readonly NasBench201Operation[] {
  const nodes = text.split('+');
  const cell = nodes.flatMap((node, i) => {
    const edges = node.split('|').slice(1, -1);
    return edges.map((edge, from) => {
      const [name, origin] = edge.split('~');
      const operation = operationNamed(name);
      if (operation === null || origin !== String(from) || edges.length !== i + 1) refuseCell(text);
      return operation;
    });
  });
  if (nodes.length !== 3 || cell.length !== nasBench201Edges.length) refuseCell(text);
  return cell;
}

function refuseCell(text: string): never {
  throw new GraphError(
    'nasBench201',
    `${show(text)} is not an architecture string such as |nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|none~1|nor_conv_1x1~2|.`,
  );
}

function readCell(fields: FieldReader): readonly EdgeOperation[] {
  const value = fields.value('cell');
  if (typeof value === 'string') return parseNasBench201Cell(value);
  const names: readonly unknown[] = Array.isArray(value) ? value : [];
  const cell = names.flatMap((name) => readChoice(name, operationNamed) ?? []);
  if (names.length === nasBench201Edges.length && cell.length === names.length) return cell;
  const need = `must be an architecture string or a list of six operations out of ${nasBench201Operations.join(', ')}`;
  return fields.refuse('cell', need, value);
}

function operationNamed(name: unknown): NasBench201Operation | null {
  return nasBench201Operations.find((operation) => operation === name) ?? null;
}

function appendCell(
  builder: NetworkBuilder,
  scope: string,
  input: string,
  {
    cell,
    width,
    branchNames,
  }: {
    readonly cell: readonly EdgeOperation[];
    readonly width: number;
    readonly branchNames: boolean;
  },
): string {
  const nodes = [input];
  for (let to = 1; to <= 3; to++) {
    const edges = nasBench201Edges.flatMap(([from, end], i) => {
      const operation = cell[i];
      const origin = nodes[from];
      if (end !== to || operation === undefined || origin === undefined) return [];
      const name = `${scope}/edge${from}-${to}`;
      const edge = (own: NasBench201Operation, inner: string): string =>
        appendEdge(builder, branchNames ? inner : name, origin, own, width);
      return [builder.choose(name, operation, origin, edge)];
    });
    const [only = input, ...others] = edges;
    nodes.push(others.length === 0 ? only : builder.node(`${scope}/node${to}`, 'add', edges, {}));
  }
  return nodes.at(-1) ?? input;
}

function appendEdge(
  builder: NetworkBuilder,
  scope: string,
  from: string,
  operation: NasBench201Operation,
  width: number,
): string {
  switch (operation) {
    case 'none':
      return builder.node(`${scope}/zero`, 'zero', from, {});
    case 'skip_connect':
      return builder.node(`${scope}/identity`, 'identity', from, {});
    case 'nor_conv_1x1':
      return activatedConvolution(builder, scope, from, { filters: width, kernel: 1, stride: 1 });
    case 'nor_conv_3x3':
      return activatedConvolution(builder, scope, from, { filters: width, kernel: 3, stride: 1 });
    case 'avg_pool_3x3':
      return builder.node(`${scope}/averagePooling`, 'averagePooling', from, { kernel: [3, 3] });
    default:
      return unreachable(operation, 'operation');
  }
}

/** Activation, convolution and batch normalisation, in this order. */
function activatedConvolution(
  builder: NetworkBuilder,
  scope: string,
  from: string,
  shape: { readonly filters: number; readonly kernel: number; readonly stride: number },
): string {
  const { filters, kernel, stride } = shape;
  const active = builder.node(`${scope}/activation`, 'activation', from, { function: 'relu' });
  const product = builder.node(`${scope}/convolution`, 'convolution', active, {
    filters,
    kernel: [kernel, kernel],
    stride,
    bias: false,
  });
  return builder.node(`${scope}/batchNormalization`, 'batchNormalization', product, {});
}

function reductionBlock(builder: NetworkBuilder, scope: string, input: string, filters: number): string {
  const first = activatedConvolution(builder, `${scope}/first`, input, { filters, kernel: 3, stride: 2 });
  const second = activatedConvolution(builder, `${scope}/second`, first, { filters, kernel: 3, stride: 1 });
  const pooled = builder.node(`${scope}/shortcut/averagePooling`, 'averagePooling', input, {
    kernel: [2, 2],
    stride: 2,
  });
  const shortcut = builder.node(`${scope}/shortcut/convolution`, 'convolution', pooled, {
    filters,
    kernel: [1, 1],
    bias: false,
  });
  return builder.node(`${scope}/add`, 'add', [shortcut, second], {});
}
