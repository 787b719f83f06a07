export { elementCount, GraphError, shapeText, show } from '../ground/index.js';
export type { ImageShape, Shape } from '../ground/index.js';
export { activationFunctions, imageInput, onlyInput, operations } from '../operations/index.js';
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
  NoAttributes,
  Operation,
  OperationAttributes,
  Padding,
  PoolingAttributes,
  RateAttributes,
  ResizeAttributes,
  SeparableConvolutionAttributes,
  SqueezeExciteAttributes,
  ZeroAttributes,
} from '../operations/index.js';
export { networkCost, nodeCost } from './graph-cost.js';
export type { Cost, NetworkCost, NodeCost } from './graph-cost.js';
export { graphDrawing } from './graph-drawing.js';
export { canonicalGraph, graphHash } from './graph-hash.js';
export { topologicalOrder } from './graph-order.js';
export { simplifyGraph } from './graph-simplification.js';
export { graphSummary } from './graph-summary.js';
export { parseNetworkGraph } from './graph-validation.js';
export type { NetworkGraph, NetworkInput, NetworkNode, NodeOf } from './network-graph.js';
export { nodeLabel } from './node-label.js';
export { withOutputDropout } from './output-dropout.js';
export { pooledNormalizations } from './pooled-normalizations.js';
export type { PooledNormalization } from './pooled-normalizations.js';
export { inferShapes, inputShapes, outputShape, shapeOf } from './shape-inference.js';
