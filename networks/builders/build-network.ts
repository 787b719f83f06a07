import type { Json } from '../../foundation/json/index.js';
import { FieldReader, GraphError } from '../ground/index.js';
import type { NetworkGraph } from '../network-graph/index.js';
import { isSupernetwork } from '../supernetwork/index.js';
import type { Supernetwork } from '../supernetwork/index.js';
import { darts } from './darts.js';
import type { DartsParameters } from './darts.js';
import { enasMacro } from './enas-macro.js';
import type { EnasMacroParameters } from './enas-macro.js';
import { enasMicro } from './enas-micro.js';
import type { EnasMicroParameters } from './enas-micro.js';
import { mobileNet } from './mobile-net.js';
import type { MobileNetParameters } from './mobile-net.js';
import { multilayerPerceptron } from './multilayer-perceptron.js';
import type { MultilayerPerceptronParameters } from './multilayer-perceptron.js';
import { nasBench201 } from './nas-bench-201.js';
import type { NasBench201Parameters } from './nas-bench-201.js';
import { plainConvolutional } from './plain-convolutional.js';
import type { PlainConvolutionalParameters } from './plain-convolutional.js';
import { residualConvolutional } from './residual-convolutional.js';
import type { ResidualConvolutionalParameters } from './residual-convolutional.js';

const builders = {
  multilayerPerceptron,
  plainConvolutional,
  residualConvolutional,
  nasBench201,
  darts,
  mobileNet,
  enasMacro,
  enasMicro,
} as const;

export type BuilderName = keyof typeof builders;

/** Names of the builders, for `buildNetwork`. */
export const builderNames = Object.keys(builders) as readonly BuilderName[];

/** A builder's name with its parameters: what an architecture genome decodes to. */
export type NetworkParameters =
  | ({ readonly builder: 'multilayerPerceptron' } & MultilayerPerceptronParameters)
  | ({ readonly builder: 'plainConvolutional' } & PlainConvolutionalParameters)
  | ({ readonly builder: 'residualConvolutional' } & ResidualConvolutionalParameters)
  | ({ readonly builder: 'nasBench201' } & NasBench201Parameters)
  | ({ readonly builder: 'darts' } & DartsParameters)
  | ({ readonly builder: 'mobileNet' } & MobileNetParameters)
  | ({ readonly builder: 'enasMacro' } & EnasMacroParameters)
  | ({ readonly builder: 'enasMicro' } & EnasMicroParameters);

/**
 * The network that a builder makes of its parameters, with the graph input `input` and the output `logits`.
 * Throws `GraphError` for an unknown builder, a parameter that does not fit or is a choice, or a network that cannot be
 * built.
 */
export function buildNetwork(parameters: NetworkParameters | Json): NetworkGraph {
  const network = buildWithChoices(parameters);
  if (!isSupernetwork(network)) return network;
  throw new GraphError(
    'buildNetwork',
    'a parameter is a choice, which makes a supernetwork: use buildWithChoices.',
  );
}

/**
 * As `buildNetwork`, of parameters in which operations may be choices (see `withChoices`): those make a supernetwork.
 * Throws `GraphError`.
 */
export function buildWithChoices(parameters: unknown): NetworkGraph | Supernetwork {
  const builder = new FieldReader(parameters, 'buildNetwork', 'parameter').choice('builder', builderNames);
  const fields = new FieldReader(parameters, builder, 'parameter');
  fields.text('builder');
  return builders[builder](fields);
}
