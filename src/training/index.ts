export { nasBench201Operations } from '../search-spaces/index.js';
export { augmentationOperationNames } from './augmentation/augmentation-operations.js';
export type { AugmentationOperationName } from './augmentation/augmentation-operations.js';
export { parseAugmentationPolicy } from './augmentation/augmentation-policy.js';
export type {
  AugmentationOperation,
  AugmentationPolicy,
  AugmentationPolicyInput,
  AugmentationStep,
  MagnitudeInput,
  OperationInput,
  StepInput,
} from './augmentation/augmentation-policy.js';
export { operationGroups } from './augmentation/group-policy.js';
export type { GroupPolicyInput, OperationGroup } from './augmentation/group-policy.js';
export { readyPolicies, readyPolicyNames } from './augmentation/ready-policies.js';
export type { ReadyPolicyName } from './augmentation/ready-policies.js';
export { buildNetwork, builderNames } from './builders/build-network.js';
export type { BuilderName, NetworkParameters } from './builders/build-network.js';
export type { ClassifierParameters } from './builders/classifier.js';
export { dartsOperations } from './builders/darts.js';
export type { DartsCell, DartsEdge, DartsOperation, DartsParameters } from './builders/darts.js';
export type { MobileNetParameters, MobileNetStage } from './builders/mobile-net.js';
export type { MultilayerPerceptronParameters } from './builders/multilayer-perceptron.js';
export {
  nasBench201Cell,
  nasBench201Cost,
  nasBench201Edges,
  parseNasBench201Cell,
} from './builders/nas-bench-201.js';
export type { NasBench201Operation, NasBench201Parameters } from './builders/nas-bench-201.js';
export { NetworkBuilder } from './builders/network-builder.js';
export type { PlainConvolutionalParameters } from './builders/plain-convolutional.js';
export type { ResidualConvolutionalParameters } from './builders/residual-convolutional.js';
export { activationFunctions } from './network-graph.js';
export type {
  ActivationAttributes,
  ActivationFunction,
  BatchNormalizationAttributes,
  ConvolutionAttributes,
  DenseAttributes,
  DepthwiseConvolutionAttributes,
  Extent,
  FactorizedReductionAttributes,
  LayerNormalizationAttributes,
  NetworkGraph,
  NetworkInput,
  NetworkNode,
  NoAttributes,
  NodeOf,
  Operation,
  OperationAttributes,
  Padding,
  PoolingAttributes,
  RateAttributes,
  ResizeAttributes,
  SeparableConvolutionAttributes,
  Shape,
  SqueezeExciteAttributes,
  ZeroAttributes,
} from './network-graph.js';
export { networkCost, nodeCost } from './network-graph/graph-cost.js';
export type { Cost, NetworkCost, NodeCost } from './network-graph/graph-cost.js';
export { graphDrawing } from './network-graph/graph-drawing.js';
export { GraphError } from './network-graph/graph-error.js';
export { canonicalGraph, graphHash } from './network-graph/graph-hash.js';
export { topologicalOrder } from './network-graph/graph-order.js';
export { simplifyGraph } from './network-graph/graph-simplification.js';
export { graphSummary } from './network-graph/graph-summary.js';
export { parseNetworkGraph } from './network-graph/graph-validation.js';
export { nodeLabel } from './network-graph/node-label.js';
export { operations } from './network-graph/operation-attributes.js';
export {
  elementCount,
  imageInput,
  inferShapes,
  inputShapes,
  onlyInput,
  outputShape,
  shapeOf,
} from './network-graph/shape-inference.js';
export type { ImageShape } from './network-graph/shape-inference.js';
export { CompiledStep } from './compiled-step.js';
export type { CompiledStepOptions } from './compiled-step.js';
export { severities } from './data/corruptions.js';
export type { Corruption, CorruptionKind, Severity } from './data/corruptions.js';
export { checkDataSet, isStreamed } from './data/data-set.js';
export type { DataDescription, DataSet, StreamedDataSet, TrainingData } from './data/data-set.js';
export { dataSetNames } from './data/data-set-options.js';
export type { DataFiles, DataSetName, DataSetOptions } from './data/data-set-options.js';
export { readIdxFile } from './data/idx-file.js';
export type { IdxArray } from './data/idx-file.js';
export { labelledImages, readMnist } from './data/mnist.js';
export type { LabelledImages } from './data/mnist.js';
export { openDataSet } from './data/open-data-set.js';
export type { DataSetPlaces } from './data/open-data-set.js';
export { shuffled, splitData } from './data/split.js';
export type { Split, SplitSizes } from './data/split.js';
export type { Optimizer, StepNumbers } from './optimizers.js';
export { trainingProcessEnvironment } from './process-environment.js';
export { beyondLimit } from './metric-limits.js';
export type { MetricLimits } from './metric-limits.js';
export { encodeModel, writeSavedModel } from './saved-model.js';
export { learningRateAt } from './schedules.js';
export type { Schedule } from './schedules.js';
export type { Computation, ComputationMode, Parallelism } from './tensorflow.js';
export { initialState, trainClassifier } from './train-classifier.js';
export type {
  ClassifierMetrics,
  ClassifierTraining,
  LimitedTrainingTrial,
  TrainClassifierOptions,
  TrainingTrial,
  UntrainedNetwork,
} from './train-classifier.js';
export { evaluate, train } from './trainer.js';
export type { EpochReport, Score, Training, TrainingObserver, TrainingSettings } from './trainer.js';
export { decodeCheckpoint, encodeCheckpoint, hashState } from './training-checkpoint.js';
export type { TrainingCheckpoint } from './training-checkpoint.js';
export { TrainingError } from './training-error.js';
export type { TrainingFailure } from './training-error.js';
export type { TrainingParameters } from './training-parameters.js';
export type { SeedOf, TrainingState, TrainingStep } from './training-step.js';
