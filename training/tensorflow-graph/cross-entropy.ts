import { type } from './attribute.js';
import { size } from './basic-operations.js';
import type { Value } from './graph-writer.js';
import type { Tape } from './tape.js';

/**
 * The cross-entropy of each example: logits [batch, classes], and as targets the classes [batch] (int32) or shares of
 * them [batch, classes] (float) that sum to one.
 */
export function crossEntropy(tape: Tape, logits: Value, targets: Value): Value {
  const [losses, slope] = lossesAndSlope(tape, logits, targets);
  return tape.record(losses, [logits], (gradient) => {
    const { graph } = tape;
    const column = graph.float('ExpandDims', [gradient, graph.integer(1)], [-1, 1], { Tdim: type('int32') });
    return [graph.float('Mul', [slope, column], logits.sizes)];
  });
}

function lossesAndSlope({ graph }: Tape, logits: Value, targets: Value): readonly [Value, Value] {
  if (graph.kernels === 'deterministicOnGpus') return separately({ graph }, logits, targets);
  const outputs = [
    { type: 'float', sizes: [-1] },
    { type: 'float', sizes: logits.sizes },
  ] as const;
  const [losses, slope] =
    targets.type === 'int32'
      ? graph.ops('SparseSoftmaxCrossEntropyWithLogits', [logits, targets], outputs, {
          T: type('float'),
          Tlabels: type('int32'),
        })
      : graph.ops('SoftmaxCrossEntropyWithLogits', [logits, targets], outputs, { T: type('float') });
  if (losses === undefined || slope === undefined) throw new Error('No outputs.');
  return [losses, slope];
}

// TensorFlow refuses both of its fused kernels on a GPU when results must be repeatable.
function separately({ graph }: Pick<Tape, 'graph'>, logits: Value, targets: Value): readonly [Value, Value] {
  const shares = targets.type === 'int32' ? oneHot({ graph }, targets, size(logits, 1)) : targets;
  const logarithms = graph.float('LogSoftmax', [logits], logits.sizes);
  const products = graph.float('Mul', [shares, logarithms], logits.sizes);
  const sums = graph.float('Sum', [products, graph.integers(1)], [-1], {
    Tidx: type('int32'),
    keep_dims: { kind: 'flag', value: false },
  });
  const probabilities = graph.float('Softmax', [logits], logits.sizes);
  return [graph.float('Neg', [sums], [-1]), graph.float('Sub', [probabilities, shares], logits.sizes)];
}

function oneHot({ graph }: Pick<Tape, 'graph'>, labels: Value, classes: number): Value {
  const inputs = [labels, graph.integer(classes), graph.number(1), graph.number(0)];
  return graph.float('OneHot', inputs, [-1, classes], { TI: type('int32') });
}
