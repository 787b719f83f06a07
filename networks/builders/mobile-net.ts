import { FieldReader } from '../ground/index.js';
import type { NetworkGraph } from '../network-graph/index.js';
import type { ActivationFunction } from '../operations/index.js';
import { convolutionUnit, readActivation, readClassifier, withDropout } from './classifier.js';
import type { ClassifierParameters } from './classifier.js';
import { Choice } from '../supernetwork/index.js';
import type { Supernetwork } from '../supernetwork/index.js';
import { NetworkBuilder } from './network-builder.js';

/** A stage of inverted residual blocks. */
export interface MobileNetStage {
  /** Size of the square depthwise kernels. */
  readonly kernel: number | Choice<number>;
  /** Channels inside a block as a multiple of those that enter it. */
  readonly expansion: number | Choice<number>;
  /** Blocks. */
  readonly depth: number | Choice<number>;
  /** Channels that leave its blocks as a part of the stage's base width, rounded, at least one; default 1. */
  readonly width?: number;
  /** Whether a block weighs its inner channels, by a layer of a quarter of the entering ones; default false. */
  readonly squeezeExcitation?: boolean | Choice<boolean>;
}

export interface MobileNetParameters extends ClassifierParameters {
  readonly stages: readonly MobileNetStage[];
  /** Base width of each stage; default: as many of 16, 24, 48 and 96 as there are stages. */
  readonly baseWidths?: readonly number[];
  /** Stride of the first block of each stage; default: 1 for the first stage and 2 for the others. */
  readonly strides?: readonly number[];
  /** Filters of the 3 × 3 convolution before the stages; default: the first base width. */
  readonly stemFilters?: number;
  /** Default 1. */
  readonly stemStride?: number;
  /** Filters of the 1 × 1 convolution after the stages; 0, the default, leaves it out. */
  readonly headFilters?: number;
  /** Size that images are brought to, as a multiple of their own; default 1. */
  readonly resolution?: number;
  /** Default `relu`. */
  readonly activation?: ActivationFunction;
  /** Share of batch normalisation's running averages that a step keeps; short trainings want less; default 0.9. */
  readonly averageMomentum?: number;
  /** Dropout rate before the logits; default 0. */
  readonly dropout?: number;
  /**
   * Names the nodes of a block by its expansion, kernel and excitation, as a supernetwork and its children have them;
   * default false, and always true where one of these or a depth is a choice.
   */
  readonly branchNames?: boolean;
}

const mostStages = 12;
const usualWidths = [16, 24, 48, 96];

/**
 * Stages of inverted residual blocks (Sandler et al., CVPR 2018) with squeeze and excitation (Howard et al., ICCV
 * 2019): a 1 × 1 convolution widens, a depthwise one looks around, a 1 × 1 convolution without activation narrows, and
 * where the shape stays the block's input is added.
 */
export function mobileNet(fields: FieldReader): NetworkGraph | Supernetwork {
  const { inputShape, classes } = readClassifier(fields, 'image');
  const stages = readStages(fields);
  const count = stages.length;
  const baseWidths = fields.counts('baseWidths', count, count, usualWidths.slice(0, count));
  const strides = fields.counts(
    'strides',
    count,
    count,
    stages.map((_stage, i) => (i === 0 ? 1 : 2)),
  );
  const stemFilters = fields.count('stemFilters', baseWidths[0]);
  const stemStride = fields.count('stemStride', 1);
  const headFilters = fields.count('headFilters', 0, 0);
  const resolution = fields.positive('resolution', 1);
  const activation = readActivation(fields);
  const averageMomentum = fields.rate('averageMomentum', 0.9);
  const dropout = fields.rate('dropout', 0);
  const named = fields.flag('branchNames', false);
  fields.finish();
  const branchNames =
    named || stages.some((stage) => Object.values(stage).some((value: unknown) => value instanceof Choice));

  const builder = new NetworkBuilder();
  const unit = { activation, batchNormalization: true, averageMomentum };
  let last = resized(builder, builder.input('input', inputShape), inputShape, resolution);
  last = convolutionUnit(builder, 'stem', last, {
    ...unit,
    filters: stemFilters,
    kernel: 3,
    stride: stemStride,
  });
  let channels = stemFilters;
  stages.forEach((stage, place) => {
    const filters = Math.max(1, Math.round(stage.width * (baseWidths[place] ?? 1)));
    let shape = { channels, filters, stride: strides[place] ?? 1, activation, averageMomentum, branchNames };
    last = builder.repeat(`stage${place + 1}`, stage.depth, last, (block, from) => {
      const end = invertedResidual(builder, `stage${place + 1}/block${block}`, from, { ...stage, ...shape });
      shape = { ...shape, channels: filters, stride: 1 };
      return end;
    });
    channels = filters;
  });
  if (headFilters > 0)
    last = convolutionUnit(builder, 'head', last, { ...unit, filters: headFilters, kernel: 1, stride: 1 });
  last = builder.node('globalAveragePooling', 'globalAveragePooling', last, {});
  last = withDropout(builder, 'dropout', last, dropout);
  return builder.buildWithChoices([builder.node('logits', 'dense', last, { units: classes })]);
}

interface Block extends Required<MobileNetStage> {
  readonly channels: number;
  readonly filters: number;
  readonly stride: number;
  readonly activation: ActivationFunction;
  readonly averageMomentum: number;
  readonly branchNames: boolean;
}

function invertedResidual(builder: NetworkBuilder, scope: string, from: string, block: Block): string {
  const { expansion, channels, filters, stride, branchNames } = block;
  const last = builder.choose(
    scope,
    expansion,
    from,
    (own, inner) => bottleneck(builder, branchNames ? inner : scope, from, own, block),
    (own) => `expansion${own}`,
  );
  const keepsShape = stride === 1 && channels === filters;
  return keepsShape ? builder.node(`${scope}/add`, 'add', [from, last], {}) : last;
}

function bottleneck(
  builder: NetworkBuilder,
  scope: string,
  from: string,
  expansion: number,
  block: Block,
): string {
  const { kernel, squeezeExcitation, channels, filters, activation, averageMomentum, branchNames } = block;
  const pointwise = { kernel: 1, stride: 1, batchNormalization: true, averageMomentum };
  let last = from;
  if (expansion > 1) {
    const inner = { ...pointwise, filters: Math.max(1, Math.round(expansion * channels)), activation };
    last = convolutionUnit(builder, `${scope}/expand`, last, inner);
  }
  last = builder.choose(
    `${scope}/depthwise`,
    kernel,
    last,
    (own, inner, input) =>
      depthwiseUnit(builder, branchNames ? inner : `${scope}/depthwise`, input, own, block),
    (own) => `kernel${own}`,
  );
  const units = Math.max(1, Math.round(channels / 4));
  last = builder.choose(`${scope}/excitation`, squeezeExcitation, last, (own, inner, input) =>
    own
      ? builder.node(branchNames ? inner : `${scope}/squeezeExcite`, 'squeezeExcite', input, { units })
      : input,
  );
  return convolutionUnit(builder, `${scope}/project`, last, { ...pointwise, filters, activation: null });
}

function depthwiseUnit(
  builder: NetworkBuilder,
  scope: string,
  from: string,
  kernel: number,
  { stride, activation, averageMomentum }: Block,
): string {
  const spatial = { kernel: [kernel, kernel], stride, bias: false } as const;
  let last = builder.node(`${scope}/convolution`, 'depthwiseConvolution', from, spatial);
  const normalization = { momentum: averageMomentum };
  last = builder.node(`${scope}/batchNormalization`, 'batchNormalization', last, normalization);
  return builder.node(`${scope}/activation`, 'activation', last, { function: activation });
}

function resized(
  builder: NetworkBuilder,
  from: string,
  [height = 1, width = 1]: readonly number[],
  resolution: number,
): string {
  const size = {
    height: Math.max(1, Math.round(resolution * height)),
    width: Math.max(1, Math.round(resolution * width)),
  };
  const isSame = size.height === height && size.width === width;
  return isSame ? from : builder.node('resize', 'resize', from, size);
}

function readStages(fields: FieldReader): readonly Required<MobileNetStage>[] {
  const given = fields.value('stages');
  if (!Array.isArray(given) || given.length < 1 || given.length > mostStages)
    return fields.refuse('stages', `must be a list of 1 to ${mostStages} stages`, given);
  return given.map((one: unknown, i) => {
    const stage = new FieldReader(one, `mobileNet stages[${i}]`, 'parameter');
    const read = {
      kernel: eitherOf(stage, 'kernel', (fields) => fields.count('kernel')),
      expansion: eitherOf(stage, 'expansion', (fields) => fields.positive('expansion')),
      depth: eitherOf(stage, 'depth', (fields) => fields.count('depth')),
      width: stage.positive('width', 1),
      squeezeExcitation: eitherOf(stage, 'squeezeExcitation', (fields) =>
        fields.flag('squeezeExcitation', false),
      ),
    };
    stage.finish();
    return read;
  });
}

/** A parameter of a stage, or a choice of which each option is one. */
function eitherOf<T>(stage: FieldReader, name: string, read: (fields: FieldReader) => T): T | Choice<T> {
  const value = stage.value(name);
  if (!(value instanceof Choice)) return read(stage);
  const options = value.options.map((option: unknown) => read(stage.instead({ [name]: option })));
  return Choice.of(value.id, options);
}
