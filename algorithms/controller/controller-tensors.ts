import { RandomStream, type Rng } from '../../foundation/numbers/index.js';
import type { DecisionLayout } from './decision-layout.js';

/** A block of the parameters: where it begins, and its rows and columns. */
export interface Tensor {
  readonly at: number;
  readonly rows: number;
  readonly columns: number;
}

/** Where the tensors of a controller lie in its one vector of parameters. `h` are its hidden units. */
export interface ControllerTensors {
  readonly units: number;
  /** Number of parameters. */
  readonly size: number;
  /** [2h, 4h]: the gates i, f, o, g of the input above those of the hidden state. */
  readonly gates: Tensor;
  /** [1, h]: the first input. */
  readonly start: Tensor;
  /** [options, h]: the input after each option of a class. */
  readonly embeddings: readonly Tensor[];
  /** [h, options]: the logits of a class. */
  readonly outputs: readonly Tensor[];
  /** [h, h], [h, h] and [h, 1]: W₁ of what is attended to, W₂ of the hidden state, and v. */
  readonly attention: { readonly anchor: Tensor; readonly query: Tensor; readonly score: Tensor } | null;
  /** [h, 1]: predicts the reward from the last hidden state. */
  readonly value: Tensor | null;
}

/** The tensors of a layout. */
export function tensorsOf(
  { classes, order }: DecisionLayout,
  units: number,
  hasValue: boolean,
): ControllerTensors {
  let size = 0;
  const tensor = (rows: number, columns: number): Tensor => {
    const at = size;
    size += rows * columns;
    return { at, rows, columns };
  };
  const gates = tensor(2 * units, 4 * units);
  const start = tensor(1, units);
  const embeddings = classes.map((of) => tensor(of, units));
  const outputs = classes.map((of) => tensor(units, of));
  const attention =
    order.kind === 'generic'
      ? null
      : { anchor: tensor(units, units), query: tensor(units, units), score: tensor(units, 1) };
  const value = hasValue ? tensor(units, 1) : null;
  return { units, size, gates, start, embeddings, outputs, attention, value };
}

const spread = 0.1;

/** The first parameters: uniform between −0.1 and 0.1 (the code of ENAS). */
export function initialParameters(size: number, rng: Rng): Float32Array {
  const source = new RandomStream(rng);
  return Float32Array.from({ length: size }, () => spread * (2 * source.unit() - 1));
}
