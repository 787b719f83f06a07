export { show } from './field-reader.js';
export { networkCost, nodeCost } from './graph-cost.js';
export type { Cost, NetworkCost, NodeCost } from './graph-cost.js';
export { graphDrawing } from './graph-drawing.js';
export { GraphError, shapeText } from './graph-error.js';
export { canonicalGraph, graphHash } from './graph-hash.js';
export { topologicalOrder } from './graph-order.js';
export { simplifyGraph } from './graph-simplification.js';
export { graphSummary } from './graph-summary.js';
export { parseNetworkGraph } from './graph-validation.js';
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
export { nodeLabel } from './node-label.js';
export { operations } from './operation-attributes.js';
export { withOutputDropout } from './output-dropout.js';
export { pooledNormalizations } from './pooled-normalizations.js';
export type { PooledNormalization } from './pooled-normalizations.js';
export {
  elementCount,
  imageInput,
  inferShapes,
  inputShapes,
  onlyInput,
  outputShape,
  shapeOf,
} from './shape-inference.js';
export type { ImageShape } from './shape-inference.js';
