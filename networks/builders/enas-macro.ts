import type { Json } from '../../foundation/json/index.js';
import { FieldReader } from '../ground/index.js';
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

/** What the operations of a layer do: those of the published space, and the 1 × 1 convolution. */
const operations = {
  conv_3x3: { kind: 'convolution', kernel: 3 },
  sep_conv_3x3: { kind: 'separable', kernel: 3 },
  conv_5x5: { kind: 'convolution', kernel: 5 },
  sep_conv_5x5: { kind: 'separable', kernel: 5 },
  avg_pool_3x3: { kind: 'pooling', op: 'averagePooling', kernel: 3 },
  max_pool_3x3: { kind: 'pooling', op: 'maxPooling', kernel: 3 },
  conv_1x1: { kind: 'convolution', kernel: 1 },
} as const;

export type EnasMacroOperation = keyof typeof operations;

/** The operations that layers of the builder `enasMacro` may have. */
export const enasMacroNetworkOperations = Object.keys(operations) as readonly EnasMacroOperation[];

/** A layer: its operation, and a bit for each earlier layer that says whether the output of that is added. */
export interface EnasMacroLayerParameters {
  readonly operation: EnasMacroOperation | Choice<EnasMacroOperation>;
  readonly skips: readonly (SkipBit | Choice<SkipBit>)[];
}

type SkipBit = 0 | 1;

export interface EnasMacroOptions {
  /** `search`, the default, or the network that is trained of a found point, which takes no choices. */
  readonly form?: EnasForm;
  /** Channels of the stem and the layers; default 36, in the final form 96, which each reduction doubles. */
  readonly channels?: number;
  /** Halves the images after a third and two thirds of the layers; default true, needs three layers. */
  readonly reductions?: boolean;
  /** Dropout rate before the logits; default 0.1, in the final form 0.5. */
  readonly dropout?: number;
}

export interface EnasMacroParameters extends ClassifierParameters, EnasMacroOptions {
  /** A point of `enasMacro`, or its choices. */
  readonly layers: readonly EnasMacroLayerParameters[];
}

/**
 * What a network function returns for a point of `enasMacro`, or for its choices in a search with shared weights: the
 * builder `enasMacro` with these options. The shape of the images and the classes are those of the data set.
 */
export function enasMacroNetwork(
  point: Json,
  options: EnasMacroOptions = {},
): { readonly [parameter: string]: Json } {
  return { builder: 'enasMacro', layers: point, ...options };
}

/**
 * The networks of the macro space of ENAS (Pham et al., ICML 2018). A layer applies its operation to the output of the
 * layer before. While searching, a 1 × 1 convolution comes before each operation, both with batch normalisation and ReLU, and
 * the outputs of skipped layers are added before another batch normalisation; after two of the layers a factorised reduction
 * halves the outputs of all layers up to there that are read further on. The final form joins skipped outputs instead, puts
 * ReLU before each convolution, brings them to the layer's channels by a 1 × 1 convolution, and has as many layers as the
 * point.
 */
export function enasMacro(fields: FieldReader): NetworkGraph | Supernetwork {
  const { inputShape, classes } = readClassifier(fields, 'image');
  const form = readForm(fields);
  const reductions = fields.flag('reductions', true);
  const channels = fields.count('channels', form === 'final' ? 96 : 36, reductions ? 2 : 1);
  const dropout = fields.rate('dropout', form === 'final' ? 0.5 : 0.1);
  const layers = readLayers(fields, reductions);
  fields.finish();
  refuseChoices(
    'enasMacro',
    form,
    layers.flatMap(({ operation, skips }) => [operation, ...skips]),
  );

  const builder = new NetworkBuilder();
  const input = builder.input('input', inputShape);
  const unit = { filters: channels, kernel: 3, stride: 1, activation: null, batchNormalization: true };
  const writeLayer = form === 'final' ? finalLayer : searchLayer;
  const states: string[] = [];
  let last = convolutionUnit(builder, 'stem', input, unit);
  let width = channels;
  layers.forEach((layer, place) => {
    last = writeLayer(builder, `layer${place + 1}`, layer, { from: last, states, width });
    states.push(last);
    const third = Math.floor(layers.length / 3);
    const stage = [third - 1, 2 * third - 1].indexOf(place) + 1;
    if (!reductions || stage === 0) return;
    if (form === 'final') width *= 2;
    const later = layers.slice(place + 1);
    states.forEach((state, earlier) => {
      const scope = `reduction${stage}/layer${earlier + 1}`;
      const write = (): string => reduction(builder, scope, state, width);
      const readers = later.flatMap(({ skips }) => skips[earlier] ?? []);
      // The next layer reads the output of this one in any case.
      const term = earlier === place ? { write } : { when: { anyOf: readers, is: 1 }, write };
      states[earlier] = builder.terms(scope, [term]);
    });
    last = states[place] ?? last;
  });
  return builder.buildWithChoices([linearClassifier(builder, last, { classes, dropout })]);
}

/** What a layer is written after: the output before it, those of all earlier layers, and its channels. */
interface Before {
  readonly from: string;
  readonly states: readonly string[];
  readonly width: number;
}

function searchLayer(
  builder: NetworkBuilder,
  scope: string,
  { operation, skips }: EnasMacroLayerParameters,
  { from, states, width }: Before,
): string {
  const own = builder.choose(`${scope}/operation`, operation, from, (name, inner, input) =>
    searchOperation(builder, inner, input, name, width),
  );
  const sum = builder.terms(`${scope}/sum`, [
    { write: () => own },
    ...states.map((state, earlier) => ({
      when: { anyOf: skips.slice(earlier, earlier + 1), is: 1 },
      write: () => state,
    })),
  ]);
  return builder.node(`${scope}/batchNormalization`, 'batchNormalization', sum, {});
}

function searchOperation(
  builder: NetworkBuilder,
  scope: string,
  from: string,
  name: EnasMacroOperation,
  filters: number,
): string {
  const operation = operations[name];
  const unit = { filters, stride: 1, activation: 'relu', batchNormalization: true } as const;
  const first = convolutionUnit(builder, `${scope}/first`, from, { ...unit, kernel: 1 });
  const kernel = [operation.kernel, operation.kernel] as const;
  switch (operation.kind) {
    case 'convolution':
      return convolutionUnit(builder, `${scope}/second`, first, { ...unit, kernel: operation.kernel });
    case 'separable': {
      const inner = `${scope}/second`;
      const attributes = { filters, kernel, bias: false };
      const product = builder.node(`${inner}/convolution`, 'separableConvolution', first, attributes);
      const normal = builder.node(`${inner}/batchNormalization`, 'batchNormalization', product, {});
      return builder.node(`${inner}/activation`, 'activation', normal, { function: 'relu' });
    }
    case 'pooling':
      return builder.node(`${scope}/${operation.op}`, operation.op, first, { kernel });
    default:
      return operation satisfies never;
  }
}

function finalLayer(
  builder: NetworkBuilder,
  scope: string,
  { operation, skips }: EnasMacroLayerParameters,
  { from, states, width }: Before,
): string {
  const own = builder.choose(`${scope}/operation`, operation, from, (name, inner, input) =>
    finalOperation(builder, inner, input, name, width),
  );
  if (states.length === 0) return own;
  const joined = [...states.filter((_state, earlier) => skips[earlier] === 1), own];
  const whole = joined.length === 1 ? own : builder.node(`${scope}/concatenate`, 'concatenate', joined, {});
  return activatedConvolution(builder, `${scope}/joined`, whole, { filters: width, kernel: 1 });
}

function finalOperation(
  builder: NetworkBuilder,
  scope: string,
  from: string,
  name: EnasMacroOperation,
  filters: number,
): string {
  const operation = operations[name];
  const { kernel } = operation;
  const first = activatedConvolution(builder, `${scope}/first`, from, { filters, kernel: 1 });
  switch (operation.kind) {
    case 'convolution':
      return activatedConvolution(builder, `${scope}/second`, first, { filters, kernel });
    case 'separable':
      return activatedSeparable(builder, `${scope}/second`, first, { filters, kernel, stride: 1 });
    case 'pooling':
      return builder.node(`${scope}/${operation.op}`, operation.op, first, { kernel: [kernel, kernel] });
    default:
      return operation satisfies never;
  }
}

function readLayers(fields: FieldReader, reductions: boolean): readonly EnasMacroLayerParameters[] {
  const given = fields.value('layers');
  const list: readonly unknown[] = Array.isArray(given) ? given : [];
  const least = reductions ? 3 : 1;
  if (list.length < least) {
    const need = `must be a list of at least ${least} layers${reductions ? ', or "reductions" false' : ''}`;
    return fields.refuse('layers', need, Array.isArray(given) ? list.length : given);
  }
  return list.map((one, place) => {
    const layer = new FieldReader(one, `enasMacro layers[${place}]`, 'parameter');
    const [operation, skips] = [layer.value('operation'), layer.value('skips')];
    const bits: readonly unknown[] = Array.isArray(skips) ? skips : [];
    const read = {
      operation:
        readChoice(operation, operationNamed) ??
        layer.refuse(
          'operation',
          `must be one of ${enasMacroNetworkOperations.join(', ')}`,
          shown(operation),
        ),
      skips: bits.flatMap((bit) => readChoice(bit, skipBit) ?? []),
    };
    if (read.skips.length !== place || bits.length !== place) {
      const need = `must be a list of ${place} bits 0 or 1, one for each layer before`;
      layer.refuse('skips', need, Array.isArray(skips) ? bits.map(shown) : shown(skips));
    }
    layer.finish();
    return read;
  });
}

function operationNamed(name: unknown): EnasMacroOperation | null {
  return enasMacroNetworkOperations.find((operation) => operation === name) ?? null;
}

function skipBit(value: unknown): SkipBit | null {
  return value === 0 || value === 1 ? value : null;
}
