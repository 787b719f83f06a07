export { buildNetwork, builderNames, buildWithChoices } from './build-network.js';
export type { BuilderName, NetworkParameters } from './build-network.js';
export type { ClassifierParameters } from './classifier.js';
export { dartsGenotype, dartsOperations } from './darts.js';
export type { DartsNodes, DartsPick } from './darts.js';
export type { DartsCell, DartsEdge, DartsOperation, DartsParameters } from './darts.js';
export { enasMacroNetwork, enasMacroNetworkOperations } from './enas-macro.js';
export type {
  EnasMacroLayerParameters,
  EnasMacroOperation,
  EnasMacroOptions,
  EnasMacroParameters,
} from './enas-macro.js';
export { enasMicroNetwork } from './enas-micro.js';
export type {
  EnasMicroBlockParameters,
  EnasMicroOperation,
  EnasMicroOptions,
  EnasMicroParameters,
} from './enas-micro.js';
export type { EnasForm } from './enas-units.js';
export type { MobileNetParameters, MobileNetStage } from './mobile-net.js';
export type { MultilayerPerceptronParameters } from './multilayer-perceptron.js';
export { nasBench201Cell, nasBench201Cost, nasBench201Edges, parseNasBench201Cell } from './nas-bench-201.js';
export type { NasBench201Operation, NasBench201Parameters } from './nas-bench-201.js';
export { NetworkBuilder } from './network-builder.js';
export type { Decided, OptionWriter, TermChildren, TermWriter } from './network-builder.js';
export type { PlainConvolutionalParameters } from './plain-convolutional.js';
export type { ResidualConvolutionalParameters } from './residual-convolutional.js';
