import { unreachable } from '../../foundation/errors/index.js';
import { isPlainObject } from '../../foundation/json/index.js';
import type { Json } from '../../foundation/json/index.js';
import { enasMicroOperations } from '../../search-spaces/index.js';
import { FieldReader, GraphError, show } from '../ground/index.js';
import type { NetworkGraph } from '../network-graph/index.js';
import type { Choice, Supernetwork } from '../supernetwork/index.js';
import { convolutionUnit, readChoice, readClassifier } from './classifier.js';
import type { ClassifierParameters } from './classifier.js';
import {
  activatedConvolution,
  activatedSeparable,
  linearClassifier,
  readForm,
  reduction,
  refuseChoices,
  shown,
} from './enas-units.js';
import type { EnasForm } from './enas-units.js';
import { NetworkBuilder } from './network-builder.js';

export type EnasMicroOperation = (typeof enasMicroOperations)[number];

/**
 * A block: the sum of two states, each through an operation. States 0 and 1 are the inputs of the cell, 2 is the first
 * block.
 */
export interface EnasMicroBlockParameters {
  readonly index1: number | Choice<number>;
  readonly operation1: EnasMicroOperation | Choice<EnasMicroOperation>;
  readonly index2: number | Choice<number>;
  readonly operation2: EnasMicroOperation | Choice<EnasMicroOperation>;
}

export interface EnasMicroOptions {
  /** `search`, the default, or the network that is trained of a found point, which takes no choices. */
  readonly form?: EnasForm;
  /** Channels of the first cells, doubled by each reduction cell; default 20, in the final form 36. */
  readonly channels?: number;
  /** Normal cells, between which stand two reduction cells; default 6, in the final form 15. */
  readonly layers?: number;
  /** Dropout rate before the logits; default 0.1, in the final form 0.2. */
  readonly dropout?: number;
  /**
   * In the final form the probability that an operation of the last cell is dropped; it rises linearly from the first cell
   * on; default 0.
   */
  readonly dropPath?: number;
}

export interface EnasMicroParameters extends ClassifierParameters, EnasMicroOptions {
  /** Blocks of the normal cell: a part of a point of `enasMicro`, or its choices. */
  readonly normal: readonly EnasMicroBlockParameters[];
  /** Blocks of the cell at one and two thirds of the depth. */
  readonly reduction: readonly EnasMicroBlockParameters[];
}

/**
 * What a network function returns for a point of `enasMicro`, or for its choices in a search with shared weights: the
 * builder `enasMicro` with these options. The shape of the images and the classes are those of the data set. Throws
 * `GraphError` for what is no point.
 */
export function enasMicroNetwork(
  point: Json,
  options: EnasMicroOptions = {},
): { readonly [parameter: string]: Json } {
  if (!isPlainObject(point)) {
    throw new GraphError(
      'enasMicroNetwork',
      `expected a point of enasMicro with its cells normal and reduction, not ${show(point)}.`,
    );
  }
  return { builder: 'enasMicro', ...point, ...options };
}

/**
 * The networks of the micro space of ENAS (Pham et al., ICML 2018; what the paper leaves open is as in its published code).
 * A cell adds two earlier states in each block; separable convolutions come twice in a row, each after ReLU and before batch
 * normalisation. While searching, an operation has kernels of its own for each state that it may read, and the sum of a
 * 1 × 1 convolution of each state that no block reads is the cell's output; a factorised reduction stands before a reduction
 * cell. In the final form the states that no block reads are joined, and a reduction cell reads its inputs with stride 2.
 */
export function enasMicro(fields: FieldReader): NetworkGraph | Supernetwork {
  const { inputShape, classes } = readClassifier(fields, 'image');
  const form = readForm(fields);
  const normal = readCell(fields, 'normal');
  const reducing = readCell(fields, 'reduction');
  const channels = fields.count('channels', form === 'final' ? 36 : 20, 2);
  const layers = fields.count('layers', form === 'final' ? 15 : 6, 3);
  const dropout = fields.rate('dropout', form === 'final' ? 0.2 : 0.1);
  const dropPath = fields.rate('dropPath', 0);
  if (form === 'search' && dropPath > 0)
    fields.refuse('dropPath', 'must be 0 in the form search, which drops no paths', dropPath);
  fields.finish();
  refuseChoices(
    'enasMicro',
    form,
    [...normal, ...reducing].flatMap((block) => Object.values(block) as readonly unknown[]),
  );

  const builder = new NetworkBuilder();
  const input = builder.input('input', inputShape);
  const unit = { filters: 3 * channels, kernel: 3, stride: 1, activation: null, batchNormalization: true };
  let last: Image = {
    name: convolutionUnit(builder, 'stem', input, unit),
    halvings: 0,
    channels: 3 * channels,
  };
  let before = last;
  let width = channels;
  const third = Math.floor(layers / 3);
  const cells = layers + 2;
  for (let place = 0; place < cells; place++) {
    const shrinks = place === third || place === 2 * third + 1;
    const blocks = shrinks ? reducing : normal;
    const scope = `cell${place + 1}`;
    if (shrinks) width *= 2;
    if (form === 'final') {
      const rate = (dropPath * (place + 1)) / cells;
      const cell = new FinalCell(builder, scope, { width, shrinks, dropPath: rate });
      [before, last] = [last, cell.write(blocks, before, last)];
      continue;
    }
    if (shrinks) {
      const name = reduction(builder, `${scope}/reduction`, last.name, width);
      [before, last] = [last, { name, halvings: last.halvings + 1, channels: width }];
    }
    [before, last] = [last, searchCell(builder, scope, blocks, before, last, width)];
  }
  const active = builder.node('head/activation', 'activation', last.name, { function: 'relu' });
  return builder.buildWithChoices([linearClassifier(builder, active, { classes, dropout })]);
}

/** The output of a cell. */
interface Image {
  readonly name: string;
  /** How often its height and width were halved. */
  readonly halvings: number;
  readonly channels: number;
}

/** Both inputs of a cell in the size of the second and with the cell's channels. */
function calibrated(
  builder: NetworkBuilder,
  scope: string,
  before: Image,
  last: Image,
  width: number,
): readonly [string, string] {
  const convolved = (place: string, { name, channels }: Image): string =>
    channels === width
      ? name
      : activatedConvolution(builder, `${scope}/${place}`, name, { filters: width, kernel: 1 });
  if (before.halvings === last.halvings) return [convolved('input0', before), convolved('input1', last)];
  const from = builder.node(`${scope}/input0/activation`, 'activation', before.name, { function: 'relu' });
  return [reduction(builder, `${scope}/input0`, from, width), convolved('input1', last)];
}

function searchCell(
  builder: NetworkBuilder,
  scope: string,
  blocks: readonly EnasMicroBlockParameters[],
  before: Image,
  last: Image,
  width: number,
): Image {
  const states = [...calibrated(builder, scope, before, last, width)];
  const term = (
    name: string,
    index: number | Choice<number>,
    operation: EnasMicroOperation | Choice<EnasMicroOperation>,
  ): string =>
    builder.choose(
      name,
      index,
      [...states],
      (state, inner, all) =>
        builder.choose(inner, operation, all[state] ?? '', (own, at, from) =>
          applied(builder, at, from, own, { width, stride: 1 }),
        ),
      (state) => `state${state}`,
    );
  blocks.forEach(({ index1, operation1, index2, operation2 }, place) => {
    const block = `${scope}/block${place + 1}`;
    const summands = [
      term(`${block}/first`, index1, operation1),
      term(`${block}/second`, index2, operation2),
    ];
    states.push(builder.node(`${block}/add`, 'add', summands, {}));
  });
  // No block reads the last one, so that every child has the first of these terms.
  const places = [...states.keys()].reverse();
  const indices = blocks.flatMap(({ index1, index2 }) => [index1, index2]);
  const sum = builder.terms(
    `${scope}/sum`,
    places.map((state) => ({
      when: { noneOf: indices, is: state },
      write: () => {
        const own = `${scope}/output/state${state}`;
        const active = builder.node(`${own}/activation`, 'activation', states[state] ?? '', {
          function: 'relu',
        });
        const attributes = { filters: width, kernel: [1, 1], bias: false } as const;
        return builder.node(`${own}/convolution`, 'convolution', active, attributes);
      },
    })),
  );
  const name = builder.node(`${scope}/batchNormalization`, 'batchNormalization', sum, {});
  return { name, halvings: last.halvings, channels: width };
}

/** Appends an operation; an identity that keeps the size passes the state on. */
function applied(
  builder: NetworkBuilder,
  scope: string,
  from: string,
  operation: EnasMicroOperation,
  { width, stride }: { readonly width: number; readonly stride: number },
): string {
  const pool = { kernel: [3, 3], stride } as const;
  switch (operation) {
    case 'sep_conv_3x3':
    case 'sep_conv_5x5': {
      const shape = { filters: width, kernel: operation === 'sep_conv_3x3' ? 3 : 5 };
      const first = activatedSeparable(builder, `${scope}/first`, from, { ...shape, stride });
      return activatedSeparable(builder, `${scope}/second`, first, { ...shape, stride: 1 });
    }
    case 'avg_pool_3x3':
      return builder.node(`${scope}/averagePooling`, 'averagePooling', from, pool);
    case 'max_pool_3x3':
      return builder.node(`${scope}/maxPooling`, 'maxPooling', from, pool);
    case 'identity':
      return stride === 1 ? from : reduction(builder, scope, from, width);
    default:
      return unreachable(operation, 'operation');
  }
}

/** A cell of the final form, whose decisions are plain values. */
class FinalCell {
  constructor(
    private readonly builder: NetworkBuilder,
    private readonly scope: string,
    private readonly shape: {
      readonly width: number;
      readonly shrinks: boolean;
      readonly dropPath: number;
    },
  ) {}

  write(blocks: readonly EnasMicroBlockParameters[], before: Image, last: Image): Image {
    const { builder, scope } = this;
    const { width, shrinks } = this.shape;
    const [first, second] = calibrated(builder, scope, before, last, width);
    const states = [
      first,
      activatedConvolution(builder, `${scope}/base`, second, { filters: width, kernel: 1 }),
    ];
    const term = (
      name: string,
      index: EnasMicroBlockParameters['index1'],
      operation: EnasMicroBlockParameters['operation1'],
    ): string =>
      builder.choose(
        name,
        index,
        states,
        (state, inner, all) =>
          builder.choose(inner, operation, all[state] ?? '', (own, at, from) =>
            this.droppable(at, from, own, shrinks && state < 2 ? 2 : 1),
          ),
        (state) => `state${state}`,
      );
    blocks.forEach(({ index1, operation1, index2, operation2 }, place) => {
      const block = `${scope}/block${place + 1}`;
      const summands = [
        term(`${block}/first`, index1, operation1),
        term(`${block}/second`, index2, operation2),
      ];
      states.push(builder.node(`${block}/add`, 'add', summands, {}));
    });
    const read = new Set(blocks.flatMap(({ index1, index2 }) => [index1, index2]));
    const ends = states.flatMap((state, place) => {
      if (read.has(place)) return [];
      return [
        shrinks && place < 2 ? reduction(builder, `${scope}/output/state${place}`, state, width) : state,
      ];
    });
    const [only = ''] = ends;
    const name = ends.length === 1 ? only : builder.node(scope, 'concatenate', ends, {});
    return { name, halvings: last.halvings + Number(shrinks), channels: ends.length * width };
  }

  private droppable(scope: string, from: string, operation: EnasMicroOperation, stride: number): string {
    const { builder } = this;
    const { width, dropPath } = this.shape;
    const output = applied(builder, scope, from, operation, { width, stride });
    if (dropPath === 0 || operation === 'identity') return output;
    return builder.node(`${scope}/dropPath`, 'dropPath', output, { rate: dropPath });
  }
}

function readCell(fields: FieldReader, name: 'normal' | 'reduction'): readonly EnasMicroBlockParameters[] {
  const given = fields.value(name);
  const list: readonly unknown[] = Array.isArray(given) ? given : [];
  if (list.length === 0)
    return fields.refuse(name, 'must be a list of at least one block', Array.isArray(given) ? [] : given);
  return list.map((one, place) => {
    const block = new FieldReader(one, `enasMicro ${name}[${place}]`, 'parameter');
    const read = {
      index1: readIndex(block, 'index1', place),
      operation1: readOperation(block, 'operation1'),
      index2: readIndex(block, 'index2', place),
      operation2: readOperation(block, 'operation2'),
    };
    block.finish();
    return read;
  });
}

/** The block at a place reads the two inputs of its cell and the blocks before. */
function readIndex(block: FieldReader, name: string, place: number): number | Choice<number> {
  const value = block.value(name);
  const isState = (state: unknown): state is number =>
    typeof state === 'number' && Number.isInteger(state) && state >= 0 && state < place + 2;
  const read = readChoice(value, (state) => (isState(state) ? state : null));
  return read ?? block.refuse(name, `must be an integer from 0 to ${place + 1}`, shown(value));
}

function readOperation(block: FieldReader, name: string): EnasMicroOperation | Choice<EnasMicroOperation> {
  const value = block.value(name);
  const read = readChoice(value, (own) => enasMicroOperations.find((operation) => operation === own) ?? null);
  return read ?? block.refuse(name, `must be one of ${enasMicroOperations.join(', ')}`, shown(value));
}
