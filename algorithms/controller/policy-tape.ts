import { dexp, dtanh } from '../../foundation/numbers/index.js';
import type { ControllerTensors, Tensor } from './controller-tensors.js';

/** A vector on the tape; `slope` is that of the objective, and grows while the tape runs backwards. */
export interface TapeVector {
  readonly value: Float64Array;
  readonly slope: Float64Array;
}

/** The memory of the LSTM after a step. */
export interface LstmState {
  readonly hidden: TapeVector;
  readonly cell: TapeVector;
}

/** An input of the LSTM: a row of the parameters, or a vector that was computed. */
export type LstmInput =
  { readonly kind: 'row'; readonly at: number } | { readonly kind: 'vector'; readonly vector: TapeVector };

/**
 * The arithmetic of the controller's network (Pham et al., 2018) under fixed parameters, in float64. It writes down
 * what it computes, so that `backward` adds the slopes of the parameters to the gradient; without a gradient it writes
 * nothing. One tape serves many architectures in turn.
 */
export class PolicyTape {
  private steps: (() => void)[] = [];
  /** Gates of the inputs that are rows of the parameters, which come again and again, and the slopes of these. */
  private readonly rowGates = new Map<number, Float64Array>();
  private readonly rowSlopes = new Map<number, Float64Array>();

  constructor(
    private readonly parameters: Float32Array,
    private readonly tensors: ControllerTensors,
    private readonly gradient: Float64Array | null,
  ) {}

  zeros(): TapeVector {
    return this.vector(this.tensors.units);
  }

  /** An LSTM without biases: c' = f ⊙ c + i ⊙ g, h' = o ⊙ tanh c'. */
  lstm(input: LstmInput, { hidden, cell }: LstmState): LstmState {
    const { units, gates } = this.tensors;
    const sums =
      input.kind === 'row' ? this.gatesOfRow(input.at).slice() : this.product(input.vector.value, gates, 0);
    this.addProduct(hidden.value, gates, units, sums);
    const gate = new Float64Array(4 * units);
    const nextCell = this.vector(units);
    const nextHidden = this.vector(units);
    const squashed = new Float64Array(units);
    for (let at = 0; at < units; at += 1) {
      const i = sigmoid(sums[at] ?? 0);
      const f = sigmoid(sums[units + at] ?? 0);
      const o = sigmoid(sums[2 * units + at] ?? 0);
      const g = dtanh(sums[3 * units + at] ?? 0);
      const c = f * (cell.value[at] ?? 0) + i * g;
      const t = dtanh(c);
      gate[at] = i;
      gate[units + at] = f;
      gate[2 * units + at] = o;
      gate[3 * units + at] = g;
      nextCell.value[at] = c;
      squashed[at] = t;
      nextHidden.value[at] = o * t;
    }
    this.record((gradient) => {
      const slopes = new Float64Array(4 * units);
      for (let at = 0; at < units; at += 1) {
        const i = gate[at] ?? 0;
        const f = gate[units + at] ?? 0;
        const o = gate[2 * units + at] ?? 0;
        const g = gate[3 * units + at] ?? 0;
        const t = squashed[at] ?? 0;
        const ofHidden = nextHidden.slope[at] ?? 0;
        const ofCell = (nextCell.slope[at] ?? 0) + ofHidden * o * (1 - t * t);
        slopes[at] = ofCell * g * i * (1 - i);
        slopes[units + at] = ofCell * (cell.value[at] ?? 0) * f * (1 - f);
        slopes[2 * units + at] = ofHidden * t * o * (1 - o);
        slopes[3 * units + at] = ofCell * i * (1 - g * g);
        cell.slope[at] = (cell.slope[at] ?? 0) + ofCell * f;
      }
      this.productBackward(hidden, gates, units, slopes, gradient);
      if (input.kind === 'vector') this.productBackward(input.vector, gates, 0, slopes, gradient);
      else addTo(this.slopesOfRow(input.at), slopes);
    });
    return { hidden: nextHidden, cell: nextCell };
  }

  /** x · W. */
  linear(input: TapeVector, tensor: Tensor): TapeVector {
    const output = { value: this.product(input.value, tensor, 0), slope: new Float64Array(tensor.columns) };
    this.record((gradient) => this.productBackward(input, tensor, 0, output.slope, gradient));
    return output;
  }

  /** v · tanh(anchor + query) for each of the anchors. */
  attention(anchors: readonly TapeVector[], query: TapeVector, score: Tensor): TapeVector {
    const { units } = this.tensors;
    const output = this.vector(anchors.length);
    const squashed = anchors.map(({ value }, place) => {
      let sum = 0;
      const own = new Float64Array(units);
      for (let at = 0; at < units; at += 1) {
        const t = dtanh((value[at] ?? 0) + (query.value[at] ?? 0));
        own[at] = t;
        sum += t * (this.parameters[score.at + at] ?? 0);
      }
      output.value[place] = sum;
      return own;
    });
    this.record((gradient) => {
      for (const [place, anchor] of anchors.entries()) {
        const slope = output.slope[place] ?? 0;
        const own = squashed[place];
        if (slope === 0 || own === undefined) continue;
        for (let at = 0; at < units; at += 1) {
          const t = own[at] ?? 0;
          gradient[score.at + at] = (gradient[score.at + at] ?? 0) + slope * t;
          const inner = slope * (this.parameters[score.at + at] ?? 0) * (1 - t * t);
          anchor.slope[at] = (anchor.slope[at] ?? 0) + inner;
          query.slope[at] = (query.slope[at] ?? 0) + inner;
        }
      }
    });
    return output;
  }

  /** Σ vectors · scale. */
  scaledSum(vectors: readonly TapeVector[], scale: number): TapeVector {
    const output = this.zeros();
    for (const { value } of vectors) addTo(output.value, value, scale);
    this.record(() => {
      for (const { slope } of vectors) addTo(slope, output.slope, scale);
    });
    return output;
  }

  /** constant · tanh(z / temperature). */
  squash(input: TapeVector, constant: number, temperature: number): TapeVector {
    const tanh = input.value.map((z) => dtanh(z / temperature));
    const output = { value: tanh.map((t) => constant * t), slope: new Float64Array(tanh.length) };
    this.record(() => {
      for (const [at, t] of tanh.entries()) {
        const slope = ((output.slope[at] ?? 0) * constant * (1 - t * t)) / temperature;
        input.slope[at] = (input.slope[at] ?? 0) + slope;
      }
    });
    return output;
  }

  /** [−z, z] of the number at a place. */
  signedPair(input: TapeVector, place: number): TapeVector {
    const z = input.value[place] ?? 0;
    const output = { value: Float64Array.of(0 - z, z), slope: new Float64Array(2) };
    this.record(() => {
      const slope = (output.slope[1] ?? 0) - (output.slope[0] ?? 0);
      input.slope[place] = (input.slope[place] ?? 0) + slope;
    });
    return output;
  }

  /** Adds the slopes of what was computed since the last call to the gradient, from those that its results have. */
  backward(): void {
    for (const step of this.steps.reverse()) step();
    this.steps = [];
  }

  /** Adds what `backward` gathered of inputs that came several times. */
  finish(): void {
    const { gradient, parameters } = this;
    const { gates, units } = this.tensors;
    if (gradient === null) return;
    for (const [row, slopes] of this.rowSlopes) {
      const input = {
        value: Float64Array.from(parameters.subarray(row, row + units)),
        slope: new Float64Array(units),
      };
      this.productBackward(input, gates, 0, slopes, gradient);
      for (const [at, slope] of input.slope.entries()) gradient[row + at] = (gradient[row + at] ?? 0) + slope;
    }
    this.rowSlopes.clear();
  }

  private vector(length: number): TapeVector {
    return { value: new Float64Array(length), slope: new Float64Array(length) };
  }

  private record(step: (gradient: Float64Array) => void): void {
    const { gradient } = this;
    if (gradient !== null) this.steps.push(() => step(gradient));
  }

  private gatesOfRow(row: number): Float64Array {
    const known = this.rowGates.get(row);
    if (known !== undefined) return known;
    const { units, gates } = this.tensors;
    const value = Float64Array.from(this.parameters.subarray(row, row + units));
    const made = this.product(value, gates, 0);
    this.rowGates.set(row, made);
    return made;
  }

  private slopesOfRow(row: number): Float64Array {
    const known = this.rowSlopes.get(row);
    if (known !== undefined) return known;
    const made = new Float64Array(4 * this.tensors.units);
    this.rowSlopes.set(row, made);
    return made;
  }

  private product(input: Float64Array, tensor: Tensor, firstRow: number): Float64Array {
    const output = new Float64Array(tensor.columns);
    this.addProduct(input, tensor, firstRow, output);
    return output;
  }

  /**
   * Adds the product of a vector with the rows of a tensor from one on. Four rows are taken at a time, because reading and
   * writing the sums costs more than the products.
   */
  private addProduct(
    input: Float64Array,
    { at, columns }: Tensor,
    firstRow: number,
    output: Float64Array,
  ): void {
    const { parameters } = this;
    const rows = input.length;
    let row = 0;
    for (; row + 4 <= rows; row += 4) {
      const a = input[row] ?? 0;
      const b = input[row + 1] ?? 0;
      const c = input[row + 2] ?? 0;
      const d = input[row + 3] ?? 0;
      const first = at + (firstRow + row) * columns;
      const second = first + columns;
      const third = second + columns;
      const fourth = third + columns;
      for (let column = 0; column < columns; column += 1) {
        output[column] =
          (output[column] ?? 0) +
          (a * (parameters[first + column] ?? 0) +
            b * (parameters[second + column] ?? 0) +
            (c * (parameters[third + column] ?? 0) + d * (parameters[fourth + column] ?? 0)));
      }
    }
    for (; row < rows; row += 1) {
      const factor = input[row] ?? 0;
      const start = at + (firstRow + row) * columns;
      for (let column = 0; column < columns; column += 1)
        output[column] = (output[column] ?? 0) + factor * (parameters[start + column] ?? 0);
    }
  }

  /** Four sums go on side by side, because each addition would wait for the one before. */
  private productBackward(
    { value, slope }: TapeVector,
    { at, columns }: Tensor,
    firstRow: number,
    slopes: Float64Array,
    gradient: Float64Array,
  ): void {
    const { parameters } = this;
    const whole = columns - (columns % 4);
    for (let row = 0; row < value.length; row += 1) {
      const factor = value[row] ?? 0;
      const start = at + (firstRow + row) * columns;
      let first = 0;
      let second = 0;
      let third = 0;
      let fourth = 0;
      let column = 0;
      for (; column < whole; column += 4) {
        const place = start + column;
        const a = slopes[column] ?? 0;
        const b = slopes[column + 1] ?? 0;
        const c = slopes[column + 2] ?? 0;
        const d = slopes[column + 3] ?? 0;
        first += a * (parameters[place] ?? 0);
        second += b * (parameters[place + 1] ?? 0);
        third += c * (parameters[place + 2] ?? 0);
        fourth += d * (parameters[place + 3] ?? 0);
        gradient[place] = (gradient[place] ?? 0) + factor * a;
        gradient[place + 1] = (gradient[place + 1] ?? 0) + factor * b;
        gradient[place + 2] = (gradient[place + 2] ?? 0) + factor * c;
        gradient[place + 3] = (gradient[place + 3] ?? 0) + factor * d;
      }
      for (; column < columns; column += 1) {
        const own = slopes[column] ?? 0;
        first += own * (parameters[start + column] ?? 0);
        gradient[start + column] = (gradient[start + column] ?? 0) + factor * own;
      }
      slope[row] = (slope[row] ?? 0) + (first + second + (third + fourth));
    }
  }
}

function sigmoid(x: number): number {
  return 1 / (1 + dexp(-x));
}

function addTo(target: Float64Array, values: Float64Array, scale = 1): void {
  for (let at = 0; at < target.length; at += 1) target[at] = (target[at] ?? 0) + scale * (values[at] ?? 0);
}
