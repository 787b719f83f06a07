/**
 * A network as plain JSON: what every architecture genome becomes. The trainer, the counts of parameters and
 * multiply-adds, the accelerator model, the drawing and the exported model all read this one form.
 * `parseNetworkGraph` makes it from JSON: checked, with every attribute filled in and the nodes in an order in which
 * each comes after its inputs.
 */
export interface NetworkGraph {
  readonly format: 'duramen-network/1';
  /** Tensors that are fed, by name. */
  readonly inputs: Readonly<Record<string, NetworkInput>>;
  readonly nodes: readonly NetworkNode[];
  /** Names of the nodes whose values leave the network; a classifier's are logits. */
  readonly outputs: readonly string[];
}

export interface NetworkInput {
  readonly shape: Shape;
}

/** Sizes without the batch: `[height, width, channels]` of an image, `[features]` of a vector. */
export type Shape = readonly number[];

/** A node; its name is also the name of its output. */
export type NetworkNode<O extends Operation = Operation> = { readonly [P in O]: NodeOf<P> }[O];

/** A node of one operation. */
export interface NodeOf<O extends Operation> {
  readonly name: string;
  readonly op: O;
  /** Names of graph inputs or nodes, in the order in which the operation takes them. */
  readonly inputs: readonly string[];
  readonly attributes: OperationAttributes[O];
}

export type Operation = keyof OperationAttributes;

/** What each operation needs beside its inputs. */
export interface OperationAttributes {
  readonly convolution: ConvolutionAttributes;
  /** One filter stack per channel; `multiplier` output channels for each input channel. */
  readonly depthwiseConvolution: DepthwiseConvolutionAttributes;
  /** A depthwise convolution followed by a 1 × 1 convolution; the bias belongs to the latter. */
  readonly separableConvolution: SeparableConvolutionAttributes;
  readonly maxPooling: PoolingAttributes;
  /** With padding `same` only the pixels inside the image are averaged. */
  readonly averagePooling: PoolingAttributes;
  readonly factorizedReduction: FactorizedReductionAttributes;
  /** The image at another size, bilinearly between the centres of its pixels. */
  readonly resize: ResizeAttributes;
  readonly identity: NoAttributes;
  readonly zero: ZeroAttributes;
  readonly batchNormalization: BatchNormalizationAttributes;
  /** Normalises each position over its channels. */
  readonly layerNormalization: LayerNormalizationAttributes;
  readonly dropout: RateAttributes;
  /** Drops the whole tensor of an example with probability `rate` and scales the others by 1 / (1 − rate). */
  readonly dropPath: RateAttributes;
  readonly dense: DenseAttributes;
  readonly globalAveragePooling: NoAttributes;
  readonly flatten: NoAttributes;
  readonly activation: ActivationAttributes;
  readonly squeezeExcite: SqueezeExciteAttributes;
  /** The sum of two or more tensors of one shape. */
  readonly add: NoAttributes;
  /** Two or more tensors joined along their last axis. */
  readonly concatenate: NoAttributes;
}

export type NoAttributes = Readonly<Record<string, never>>;

/** `same`: output size ⌈size / stride⌉ with zeros around, as TensorFlow places them; `valid`: no padding. */
export type Padding = 'same' | 'valid';

/** Height and width. */
export type Extent = readonly [number, number];

interface WindowAttributes {
  readonly kernel: Extent;
  /** With a dilation above 1: every so many-th output of the same operation with stride 1. */
  readonly stride: number;
  readonly padding: Padding;
}

export interface ConvolutionAttributes extends WindowAttributes {
  readonly filters: number;
  readonly dilation: number;
  readonly groups: number;
  readonly bias: boolean;
}

export interface DepthwiseConvolutionAttributes extends WindowAttributes {
  readonly multiplier: number;
  readonly dilation: number;
  readonly bias: boolean;
}

export interface SeparableConvolutionAttributes extends WindowAttributes {
  readonly filters: number;
  readonly dilation: number;
  readonly bias: boolean;
}

export type PoolingAttributes = WindowAttributes;

/**
 * Halves height and width (rounded up) without skipping pixels: ⌊filters / 2⌋ channels are a 1 × 1 convolution of
 * stride 2 of the image, the others one of the image moved one pixel up and to the left, zeros entering.
 */
export interface FactorizedReductionAttributes {
  readonly filters: number;
}

export interface ResizeAttributes {
  readonly height: number;
  readonly width: number;
}

/** Zeros in the shape of the input, its height and width divided by `stride` and rounded up. */
export interface ZeroAttributes {
  readonly stride: number;
}

export interface BatchNormalizationAttributes {
  readonly epsilon: number;
  /** Share of the running averages that is kept at each training step. */
  readonly momentum: number;
  readonly scale: boolean;
  readonly center: boolean;
}

export interface LayerNormalizationAttributes {
  readonly epsilon: number;
  readonly scale: boolean;
  readonly center: boolean;
}

export interface RateAttributes {
  /** Probability of being dropped during training, in [0, 1). */
  readonly rate: number;
}

export interface DenseAttributes {
  readonly units: number;
  readonly bias: boolean;
}

export const activationFunctions = ['relu', 'relu6', 'silu', 'hardSwish', 'gelu', 'tanh', 'sigmoid'] as const;

/** `gelu` is the exact one, by the error function. */
export type ActivationFunction = (typeof activationFunctions)[number];

export interface ActivationAttributes {
  readonly function: ActivationFunction;
}

/** Scales each channel by gate(dense(activation(dense(mean of the channel)))); both dense layers have a bias. */
export interface SqueezeExciteAttributes {
  /** Units of the inner dense layer. */
  readonly units: number;
  readonly activation: ActivationFunction;
  readonly gate: 'sigmoid' | 'hardSigmoid';
}
