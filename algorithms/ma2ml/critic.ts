import { RandomStream, type Rng } from '../../foundation/numbers/index.js';
import { adamStepInFloat32, type Moments } from '../policy-gradient/adam.js';
import { isActive } from '../policy-gradient/decisions.js';
import type { ExactBlock } from './credit-blocks.js';
import type { CriticInput, InputUnit } from './critic-input.js';
import type { Layout } from './layout.js';
import { inactive } from './pipeline.js';
import type { JointValue } from './credit.js';

/** Number of parameters of a critic with inputs → hidden → hidden → 1. */
export function criticSize(width: number, hidden: number): number {
  return width * hidden + hidden + hidden * hidden + hidden + hidden + 1;
}

/** Uniform within ±√(6 / inputs), doubled in the first layer, whose input is sparse, a tenth in the last; biases 0. */
export function initialCritic(width: number, hidden: number, rng: Rng): Float32Array {
  const parameters = new Float32Array(criticSize(width, hidden));
  const source = new RandomStream(rng);
  const fill = (from: number, count: number, bound: number): void => {
    for (let at = from; at < from + count; at += 1) parameters[at] = bound * (2 * source.unit() - 1);
  };
  const inner = Math.sqrt(6 / hidden);
  fill(0, width * hidden, 2 * Math.sqrt(6 / width));
  fill(width * hidden + hidden, hidden * hidden, inner);
  fill(width * hidden + hidden + hidden * hidden + hidden, hidden, 0.1 * inner);
  return parameters;
}

/** Results for a step of the critic: pipelines one after the other, and their rewards. */
export interface CriticBatch {
  readonly actions: readonly Uint8Array[];
  readonly rewards: readonly number[];
}

/**
 * The critic: two hidden layers of rectified units over the sparse input of a pipeline. Sums are taken in float64 and
 * in a fixed order. The parameters lie one after the other: first layer (a row for each input), its biases, second
 * layer (a row for each unit before it), its biases, the weights of the output, its bias.
 */
export class Critic implements JointValue {
  private readonly heads: Layout['heads'];
  private readonly input: CriticInput;
  private readonly firstBias: number;
  private readonly second: number;
  private readonly secondBias: number;
  private readonly last: number;
  private readonly before: Float64Array;
  private readonly base: Float64Array;
  /** Outputs of the first layer that are not 0, and where their rows of the second layer start. */
  private readonly fired: Float64Array;
  private readonly firing: Int32Array;
  private firingCount = 0;
  /** Sums of the second layer. */
  private readonly inner: Float64Array;
  private readonly swapped: Uint8Array;
  private readonly gradient: Float64Array;
  private readonly affected = new WeakMap<ExactBlock, readonly boolean[]>();

  constructor(
    layout: Layout,
    private readonly hidden: number,
    readonly parameters: Float32Array,
  ) {
    this.heads = layout.heads;
    this.input = layout.input;
    this.firstBias = layout.input.width * hidden;
    this.second = this.firstBias + hidden;
    this.secondBias = this.second + hidden * hidden;
    this.last = this.secondBias + hidden;
    this.before = new Float64Array(hidden);
    this.base = new Float64Array(hidden);
    this.firing = new Int32Array(hidden);
    this.fired = new Float64Array(hidden);
    this.inner = new Float64Array(hidden);
    this.swapped = new Uint8Array(layout.heads.length);
    this.gradient = new Float64Array(parameters.length);
  }

  value(actions: Uint8Array): number {
    this.startFromBiases(this.before);
    for (const unit of this.input.units) this.addUnit(this.before, unit, actions);
    return this.output(this.before);
  }

  alternatives(block: ExactBlock, actions: Uint8Array, values: Float64Array): void {
    const affected = this.affectedUnits(block);
    const { units } = this.input;
    const { base, before, swapped } = this;
    this.startFromBiases(base);
    for (const [place, unit] of units.entries())
      if (affected[place] !== true) this.addUnit(base, unit, actions);
    const changing = units.filter((_, place) => affected[place] === true);
    swapped.set(actions);
    const width = block.heads.length;
    for (let joint = 0; joint < block.count; joint += 1) {
      for (let at = 0; at < width; at += 1) {
        swapped[block.heads[at] ?? 0] = block.joint[joint * width + at] ?? 0;
      }
      before.set(base);
      for (const unit of changing) this.addUnit(before, unit, swapped);
      values[joint] = this.output(before);
    }
  }

  /** One step of Adam down the mean squared error of the batch. */
  train({ actions, rewards }: CriticBatch, moments: Moments, step: number, learningRate: number): void {
    const { gradient, hidden, parameters, before, firing, fired, inner, second, last } = this;
    gradient.fill(0);
    const slopes = new Float64Array(hidden);
    const innerSlopes = new Float64Array(hidden);
    for (const [place, action] of actions.entries()) {
      this.startFromBiases(before);
      for (const unit of this.input.units) this.addUnit(before, unit, action);
      const error = this.output(before) - (rewards[place] ?? 0);
      const slope = (2 * error) / actions.length;
      gradient[last + hidden] = (gradient[last + hidden] ?? 0) + slope;
      for (let to = 0; to < hidden; to += 1) {
        const value = inner[to] ?? 0;
        const positive = value > 0;
        const innerSlope = positive ? slope * (parameters[last + to] ?? 0) : 0;
        innerSlopes[to] = innerSlope;
        if (!positive) continue;
        gradient[last + to] = (gradient[last + to] ?? 0) + slope * value;
        gradient[this.secondBias + to] = (gradient[this.secondBias + to] ?? 0) + innerSlope;
      }
      slopes.fill(0);
      const count = this.firingCount;
      for (let at = 0; at < count; at += 1) {
        const row = firing[at] ?? 0;
        const value = fired[at] ?? 0;
        const from = (row - second) / hidden;
        let sum = 0;
        for (let to = 0; to < hidden; to += 1) {
          const innerSlope = innerSlopes[to] ?? 0;
          gradient[row + to] = (gradient[row + to] ?? 0) + value * innerSlope;
          sum += (parameters[row + to] ?? 0) * innerSlope;
        }
        slopes[from] = sum;
        gradient[this.firstBias + from] = (gradient[this.firstBias + from] ?? 0) + sum;
      }
      for (const unit of this.input.units) this.addUnit(gradient, unit, action, slopes);
    }
    adamStepInFloat32(parameters, gradient, moments, step, -learningRate);
  }

  private startFromBiases(sums: Float64Array): void {
    for (let to = 0; to < this.hidden; to += 1) sums[to] = this.parameters[this.firstBias + to] ?? 0;
  }

  /** Adds the input rows of a unit to the sums of the first layer; with slopes, adds these to the rows' gradient. */
  private addUnit(sums: Float64Array, unit: InputUnit, actions: Uint8Array, slopes?: Float64Array): void {
    const option = actions[unit.head] ?? inactive;
    if (option === inactive || !this.isActive(actions, unit.head)) return;
    this.addRow(sums, unit.row + option, 1, slopes);
    if (unit.kind === 'one-hot') return;
    for (const [place, { head, of }] of unit.levels.entries()) {
      const level = of < 2 ? 1 : (actions[head] ?? 0) / (of - 1);
      this.addRow(sums, unit.row + (1 + place) * unit.count + option, level, slopes);
    }
  }

  private isActive(actions: Uint8Array, head: number): boolean {
    return (this.heads[head]?.parent ?? -1) < 0 || isActive(this.heads, actions, head);
  }

  private addRow(sums: Float64Array, row: number, factor: number, slopes: Float64Array | undefined): void {
    const { hidden, parameters } = this;
    const from = row * hidden;
    if (slopes === undefined) {
      for (let to = 0; to < hidden; to += 1)
        sums[to] = (sums[to] ?? 0) + factor * (parameters[from + to] ?? 0);
    } else {
      for (let to = 0; to < hidden; to += 1)
        sums[from + to] = (sums[from + to] ?? 0) + factor * (slopes[to] ?? 0);
    }
  }

  /** What the two upper layers make of the sums of the first one; leaves what fired in the fields for `train`. */
  private output(sums: Float64Array): number {
    const { hidden, parameters, firing, fired, inner, second, secondBias, last } = this;
    let count = 0;
    for (let from = 0; from < hidden; from += 1) {
      const value = sums[from] ?? 0;
      if (!(value > 0)) continue;
      firing[count] = second + from * hidden;
      fired[count] = value;
      count += 1;
    }
    let sum = parameters[last + hidden] ?? 0;
    let to = 0;
    // Eight units at a time keep their sums in registers.
    for (; to + 8 <= hidden; to += 8) {
      let a = parameters[secondBias + to] ?? 0;
      let b = parameters[secondBias + to + 1] ?? 0;
      let c = parameters[secondBias + to + 2] ?? 0;
      let d = parameters[secondBias + to + 3] ?? 0;
      let e = parameters[secondBias + to + 4] ?? 0;
      let f = parameters[secondBias + to + 5] ?? 0;
      let g = parameters[secondBias + to + 6] ?? 0;
      let h = parameters[secondBias + to + 7] ?? 0;
      for (let at = 0; at < count; at += 1) {
        const value = fired[at] ?? 0;
        const row = (firing[at] ?? 0) + to;
        a += value * (parameters[row] ?? 0);
        b += value * (parameters[row + 1] ?? 0);
        c += value * (parameters[row + 2] ?? 0);
        d += value * (parameters[row + 3] ?? 0);
        e += value * (parameters[row + 4] ?? 0);
        f += value * (parameters[row + 5] ?? 0);
        g += value * (parameters[row + 6] ?? 0);
        h += value * (parameters[row + 7] ?? 0);
      }
      inner[to] = a;
      inner[to + 1] = b;
      inner[to + 2] = c;
      inner[to + 3] = d;
      inner[to + 4] = e;
      inner[to + 5] = f;
      inner[to + 6] = g;
      inner[to + 7] = h;
    }
    for (; to < hidden; to += 1) {
      let a = parameters[secondBias + to] ?? 0;
      for (let at = 0; at < count; at += 1) a += (fired[at] ?? 0) * (parameters[(firing[at] ?? 0) + to] ?? 0);
      inner[to] = a;
    }
    for (let unit = 0; unit < hidden; unit += 1) {
      const value = inner[unit] ?? 0;
      if (value > 0) sum += value * (parameters[last + unit] ?? 0);
    }
    this.firingCount = count;
    return sum;
  }

  /** Which units read a head of the block or a head that these switch on and off. */
  private affectedUnits(block: ExactBlock): readonly boolean[] {
    const known = this.affected.get(block);
    if (known !== undefined) return known;
    const heads = new Set(block.heads);
    for (const [place, { parent }] of this.heads.entries()) if (heads.has(parent)) heads.add(place);
    const units = this.input.units.map(() => false);
    for (const head of heads) units[this.input.unitOf[head] ?? 0] = true;
    this.affected.set(block, units);
    return units;
  }
}
