export { nasBench201Operations } from '../search-spaces/index.js';
export { augmentationOperationNames } from './augmentation/augmentation-operations.js';
export type { AugmentationOperationName } from './augmentation/augmentation-operations.js';
export { parseAugmentationPolicy } from './augmentation/augmentation-policy.js';
export type {
  AugmentationOperation,
  AugmentationPolicy,
  AugmentationPolicyInput,
  AugmentationStep,
  StepInput,
} from './augmentation/augmentation-policy.js';
export type { MagnitudeInput, OperationInput } from './augmentation/operation-input.js';
export { operationGroups } from './augmentation/group-policy.js';
export type { GroupPolicyInput, OperationGroup } from './augmentation/group-policy.js';
export { readyPolicies, readyPolicyNames } from './augmentation/ready-policies.js';
export type { ReadyPolicyName } from './augmentation/ready-policies.js';
export { buildNetwork, builderNames, buildWithChoices } from '../networks/builders/index.js';
export type { BuilderName, NetworkParameters } from '../networks/builders/index.js';
export type { ClassifierParameters } from '../networks/builders/index.js';
export { dartsGenotype, dartsOperations } from '../networks/builders/index.js';
export type { DartsNodes, DartsPick } from '../networks/builders/index.js';
export type { DartsCell, DartsEdge, DartsOperation, DartsParameters } from '../networks/builders/index.js';
export { enasMacroNetwork, enasMacroNetworkOperations } from '../networks/builders/index.js';
export type {
  EnasMacroLayerParameters,
  EnasMacroOperation,
  EnasMacroOptions,
  EnasMacroParameters,
} from '../networks/builders/index.js';
export { enasMicroNetwork } from '../networks/builders/index.js';
export type {
  EnasMicroBlockParameters,
  EnasMicroOperation,
  EnasMicroOptions,
  EnasMicroParameters,
} from '../networks/builders/index.js';
export type { EnasForm } from '../networks/builders/index.js';
export type { MobileNetParameters, MobileNetStage } from '../networks/builders/index.js';
export type { MultilayerPerceptronParameters } from '../networks/builders/index.js';
export {
  nasBench201Cell,
  nasBench201Cost,
  nasBench201Edges,
  parseNasBench201Cell,
} from '../networks/builders/index.js';
export type { NasBench201Operation, NasBench201Parameters } from '../networks/builders/index.js';
export { NetworkBuilder } from '../networks/builders/index.js';
export type { Decided, OptionWriter, TermChildren, TermWriter } from '../networks/builders/index.js';
export type { PlainConvolutionalParameters } from '../networks/builders/index.js';
export type { ResidualConvolutionalParameters } from '../networks/builders/index.js';
export { activationFunctions } from '../networks/network-graph/index.js';
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
} from '../networks/network-graph/index.js';
export { networkCost, nodeCost } from '../networks/network-graph/index.js';
export type { Cost, NetworkCost, NodeCost } from '../networks/network-graph/index.js';
export { graphDrawing } from '../networks/network-graph/index.js';
export { GraphError } from '../networks/network-graph/index.js';
export { canonicalGraph, graphHash } from '../networks/network-graph/index.js';
export { topologicalOrder } from '../networks/network-graph/index.js';
export { simplifyGraph } from '../networks/network-graph/index.js';
export { graphSummary } from '../networks/network-graph/index.js';
export { parseNetworkGraph } from '../networks/network-graph/index.js';
export { nodeLabel } from '../networks/network-graph/index.js';
export { operations } from '../networks/network-graph/index.js';
export {
  elementCount,
  imageInput,
  inferShapes,
  inputShapes,
  onlyInput,
  outputShape,
  shapeOf,
} from '../networks/network-graph/index.js';
export type { ImageShape } from '../networks/network-graph/index.js';
export { CompiledStep } from './step/compiled-step.js';
export type { CompiledStepOptions } from './step/compiled-step.js';
export { severities } from './data/corruptions.js';
export type { Corruption, CorruptionKind, Severity } from './data/corruptions.js';
export { checkDataSet, isStreamed } from './data/data-set.js';
export type { DataDescription, DataSet, StreamedDataSet, TrainingData } from './data/data-set.js';
export type { DataFiles, DataSetOptions } from './data/data-set-options.js';
export { dataSetNames } from './data/named-data-sets.js';
export type { DataSetName } from './data/named-data-sets.js';
export { readIdxFile } from './data/idx-file.js';
export type { IdxArray } from './data/idx-file.js';
export { labelledImages } from './data/labelled-images.js';
export type { LabelledImages } from './data/labelled-images.js';
export { readMnist } from './data/mnist.js';
export { openDataSet } from './data/open-data-set.js';
export type { DataSetPlaces } from './data/open-data-set.js';
export { shuffled, splitData } from './data/split.js';
export type { Split, SplitSizes } from './data/split.js';
export type { Optimizer, StepNumbers } from './step/optimizers.js';
export { trainingProcessEnvironment } from './environment/index.js';
export { beyondLimit } from './metric-limits.js';
export type { MetricLimits } from './metric-limits.js';
export { encodeModel, writeSavedModel } from './saved-model.js';
export { learningRateAt } from './schedules.js';
export type { Schedule } from './schedules.js';
export type { Computation, ComputationMode, Parallelism } from './tensorflow.js';
export { initialState, trainClassifier } from './train-classifier.js';
export type { ClassifierMetrics, ClassifierTraining, UntrainedNetwork } from './train-classifier.js';
export type { LimitedTrainingTrial, TrainClassifierOptions, TrainingTrial } from './classifier-options.js';
export { evaluate, train } from './trainer.js';
export type { EpochReport, Score, Training, TrainingObserver, TrainingSettings } from './trainer.js';
export { decodeCheckpoint, encodeCheckpoint, hashState } from './training-checkpoint.js';
export type { TrainingCheckpoint } from './training-checkpoint.js';
export { TrainingError } from './training-error.js';
export type { TrainingFailure } from './training-error.js';
export type { TrainingParameters } from './training-parameters.js';
export type { SeedOf, TrainingState, TrainingStep } from './step/training-step.js';
export {
  activeChoices,
  checkPath,
  childNetwork,
  Choice,
  choicesOf,
  ChosenList,
  parseSupernetwork,
  pathOf,
  PickedSum,
  restrict,
  supernetworkOf,
  withChoices,
} from '../networks/supernetwork/index.js';
export type {
  Branch,
  BranchChoice,
  ChoiceMask,
  ChoiceNode,
  Condition,
  OutcomeCondition,
  Path,
  ReadChoice,
  SumChoice,
  Supernetwork,
  SupernetworkChoice,
  SupernetworkNode,
  Term,
  TermCondition,
  TermSum,
} from '../networks/supernetwork/index.js';
export { compileMixture, compileSupernetwork } from './supernet/index.js';
export type {
  CompiledMixture,
  CompiledSupernetwork,
  MixtureOptions,
  SupernetworkOptions,
} from './supernet/index.js';
