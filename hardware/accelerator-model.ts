import { unreachable } from '../foundation/errors/index.js';
import type { NetworkGraph } from '../networks/network-graph/index.js';
import type { Accelerator } from './accelerator.js';
import { checkAccelerator } from './accelerator.js';
import type { Area } from './area.js';
import { areaOf } from './area.js';
import type { Energy } from './energy.js';
import { energyOf } from './energy.js';
import { HardwareError } from './hardware-error.js';
import type { LayerCost, WorkCost } from './layer-cost.js';
import { layerCost } from './layer-cost.js';
import type { Layer } from './layer.js';
import { layerKey } from './layer.js';
import type { Work } from './network-layers.js';
import { networkWork } from './network-layers.js';
import type { Technology } from './technology.js';
import { technology45nm } from './technology.js';
import type { OperandWords } from './traffic.js';

/** Cost of one node of a network. */
export interface NodeHardwareCost extends WorkCost {
  readonly node: string;
}

/**
 * Cost of a network whose nodes run one after another, each reading its inputs from DRAM and writing its output there.
 */
export interface NetworkHardwareCost extends WorkCost {
  /** Multiply-accumulates per processing element and cycle of the whole latency, at most 1. */
  readonly utilization: number;
  /** Seconds from the first word read to the last written, at the technology's clock. */
  readonly latencySeconds: number;
  readonly areaSquareMillimetres: Area;
  /** The nodes that are work for the accelerator, in the order of the graph. */
  readonly nodes: readonly NodeHardwareCost[];
}

export interface NetworkCostOptions {
  /** Examples that are inferred together; default 1. */
  readonly batch?: number;
}

/**
 * An analytic model of a systolic-array accelerator that agrees with the cycle-level simulator SCALE-Sim 3.0.0
 * (Samajdar et al., arXiv 1811.02883) in cycles and in scratchpad and DRAM traffic. Energy and area are those of a
 * technology table. Latency is that of the accelerator's `latencyModel`; of version 1 where it names none.
 */
export class AcceleratorModel {
  readonly areaSquareMillimetres: Area;
  private readonly layers = new Map<string, LayerCost>();

  /** Throws `HardwareError` of class `BadInput` for an accelerator that is not one. */
  constructor(
    readonly accelerator: Accelerator,
    readonly technology: Technology = technology45nm,
  ) {
    checkAccelerator(accelerator);
    this.areaSquareMillimetres = areaOf(accelerator, technology);
  }

  /** Cost of one layer. The model keeps it, because networks repeat layers of one shape. Throws `HardwareError`. */
  layer(layer: Layer): LayerCost {
    const key = layerKey(layer);
    const known = this.layers.get(key);
    if (known !== undefined) return known;
    const cost = layerCost(layer, this.accelerator, this.technology, this.accelerator.latencyModel ?? 1);
    this.layers.set(key, cost);
    return cost;
  }

  /**
   * Cost of a whole network. Throws `GraphError` where its shapes do not fit, `HardwareError` naming the first node
   * that cannot be mapped.
   */
  network(graph: NetworkGraph, options: NetworkCostOptions = {}): NetworkHardwareCost {
    const nodes: NodeHardwareCost[] = [];
    let total = noWork;
    for (const { node, work } of networkWork(graph, options.batch ?? 1)) {
      if (work.length === 0) continue;
      const cost = this.node(node.name, work);
      nodes.push({ node: node.name, ...cost });
      total = sum(total, cost);
    }
    const { rows, columns } = this.accelerator;
    return {
      ...total,
      utilization:
        total.latencyCycles === 0 ? 0 : total.multiplyAccumulates / (total.latencyCycles * rows * columns),
      latencySeconds: total.latencyCycles / this.technology.clockHertz,
      areaSquareMillimetres: this.areaSquareMillimetres,
      nodes,
    };
  }

  private node(name: string, work: readonly Work[]): WorkCost {
    try {
      return work.reduce((total, one) => sum(total, this.work(one)), noWork);
    } catch (error) {
      if (!(error instanceof HardwareError)) throw error;
      throw new HardwareError(error.failureClass, `node ${JSON.stringify(name)}: ${error.message}`);
    }
  }

  private work(work: Work): WorkCost {
    switch (work.kind) {
      case 'layer':
        return scaled(this.layer(work.layer), work.times);
      case 'elementwise':
        return this.elementwise(work.wordsIn, work.wordsOut);
      default:
        return unreachable(work, 'work');
    }
  }

  /** A column takes one number a cycle, as fast as DRAM brings and takes them. */
  private elementwise(inputs: number, outputs: number): WorkCost {
    const { columns, bandwidth } = this.accelerator;
    const words: OperandWords = { inputs, weights: 0, outputs };
    const computeCycles = Math.ceil(inputs / columns);
    const latencyCycles = Math.max(computeCycles, inputs / bandwidth, outputs / bandwidth);
    return {
      multiplyAccumulates: 0,
      computeCycles,
      stallCycles: latencyCycles - computeCycles,
      latencyCycles,
      scratchpadAccesses: words,
      dramWords: words,
      energyPicojoules: energyOf(0, words, words, this.accelerator, this.technology),
    };
  }
}

const noWords: OperandWords = { inputs: 0, weights: 0, outputs: 0 };
const noEnergy: Energy = { multiplyAccumulate: 0, registers: 0, scratchpads: 0, dram: 0, total: 0 };
const noWork: WorkCost = {
  multiplyAccumulates: 0,
  computeCycles: 0,
  stallCycles: 0,
  latencyCycles: 0,
  scratchpadAccesses: noWords,
  dramWords: noWords,
  energyPicojoules: noEnergy,
};

function sum(a: WorkCost, b: WorkCost): WorkCost {
  return combined(a, b, (x, y) => x + y);
}

function scaled(cost: WorkCost, times: number): WorkCost {
  return times === 1 ? cost : combined(cost, cost, (x) => x * times);
}

function combined(a: WorkCost, b: WorkCost, combine: (x: number, y: number) => number): WorkCost {
  const words = (x: OperandWords, y: OperandWords): OperandWords => ({
    inputs: combine(x.inputs, y.inputs),
    weights: combine(x.weights, y.weights),
    outputs: combine(x.outputs, y.outputs),
  });
  const [energyA, energyB] = [a.energyPicojoules, b.energyPicojoules];
  return {
    multiplyAccumulates: combine(a.multiplyAccumulates, b.multiplyAccumulates),
    computeCycles: combine(a.computeCycles, b.computeCycles),
    stallCycles: combine(a.stallCycles, b.stallCycles),
    latencyCycles: combine(a.latencyCycles, b.latencyCycles),
    scratchpadAccesses: words(a.scratchpadAccesses, b.scratchpadAccesses),
    dramWords: words(a.dramWords, b.dramWords),
    energyPicojoules: {
      multiplyAccumulate: combine(energyA.multiplyAccumulate, energyB.multiplyAccumulate),
      registers: combine(energyA.registers, energyB.registers),
      scratchpads: combine(energyA.scratchpads, energyB.scratchpads),
      dram: combine(energyA.dram, energyB.dram),
      total: combine(energyA.total, energyB.total),
    },
  };
}
