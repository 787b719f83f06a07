import type { ActivationFunction } from '../../networks/network-graph/index.js';
import { affine, product } from './basic-operations.js';
import type { Value } from './graph-writer.js';
import type { Tape } from './tape.js';

/** An activation function of each number. */
export function activation(tape: Tape, kind: ActivationFunction | 'hardSigmoid', value: Value): Value {
  const { graph } = tape;
  const apply = (op: string, ...inputs: readonly Value[]): Value => graph.float(op, inputs, value.sizes);
  switch (kind) {
    case 'relu':
    case 'relu6': {
      const [op, opposite] = kind === 'relu' ? ['Relu', 'ReluGrad'] : ['Relu6', 'Relu6Grad'];
      return tape.recordClipping(apply(op, value), {
        input: value,
        gradient: (slope, output) => graph.float(opposite, [slope, output], output.sizes),
      });
    }
    case 'tanh':
    case 'sigmoid': {
      const [op, opposite] = kind === 'tanh' ? ['Tanh', 'TanhGrad'] : ['Sigmoid', 'SigmoidGrad'];
      const output = apply(op, value);
      return tape.record(output, [value], (gradient) => [apply(opposite, output, gradient)]);
    }
    case 'silu': {
      const gate = apply('Sigmoid', value);
      const output = apply('Mul', value, gate);
      return tape.record(output, [value], (gradient) => {
        // x·s(x) has the derivative s + y·(1 − s).
        const rest = apply('Sub', graph.number(1), gate);
        const slope = apply('AddV2', gate, apply('Mul', output, rest));
        return [apply('Mul', gradient, slope)];
      });
    }
    case 'hardSigmoid':
      return affine(tape, activation(tape, 'relu6', affine(tape, value, 1, 3)), 1 / 6, 0);
    case 'hardSwish':
      return product(tape, value, activation(tape, 'hardSigmoid', value));
    case 'gelu': {
      const scaled = apply('Mul', value, graph.number(Math.SQRT1_2));
      const sum = apply('AddV2', apply('Erf', scaled), graph.number(1));
      const share = apply('Mul', sum, graph.number(0.5));
      return tape.record(apply('Mul', value, share), [value], (gradient) => {
        // x·Φ(x) has the derivative Φ + x·φ, φ being the normal density.
        const power = apply('Exp', apply('Neg', apply('Square', scaled)));
        const density = apply('Mul', power, graph.number(0.3989422804014327));
        return [apply('Mul', gradient, apply('AddV2', share, apply('Mul', value, density)))];
      });
    }
    default: {
      const never: never = kind;
      throw new Error(`Unknown activation ${String(never)}.`);
    }
  }
}

const lowestFloat = -3.4028234663852886e38;

/**
 * A value that was normalised by running averages, as an activation of an inference takes it. TensorFlow's remapper makes
 * Conv2D, FusedBatchNormV3 and Tanh one operation, and no kernel computes it ("Fusion is not implemented"); what it makes
 * of the other activations runs. A maximum with the lowest number keeps every bit and stands between the two.
 */
export function normalizedFor(tape: Tape, kind: ActivationFunction, value: Value): Value {
  const { graph } = tape;
  if (kind !== 'tanh') return value;
  const { op, inputs } = graph.nodeOf(value.name);
  const [image] = inputs;
  if (op !== 'FusedBatchNormV3' || image === undefined || graph.nodeOf(image).op !== 'Conv2D') return value;
  return graph.float('Maximum', [value, graph.number(lowestFloat)], value.sizes);
}
