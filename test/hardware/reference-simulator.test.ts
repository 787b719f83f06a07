import { describe, expect, test } from 'vitest';
import type { Accelerator, Dataflow, LatencyModel, Layer, MeasuredLayer } from '../../hardware/index.js';
import { latencyModels, layerCost, mapLayer, measureLayer, technology45nm } from '../../hardware/index.js';
import { halfScratchpadWords } from '../../hardware/accelerator.js';
import { countInputReads } from '../../hardware/input-automaton.js';
import { walkInputPhases } from '../../hardware/input-phase-walk.js';
import { inputPasses } from '../../hardware/input-traffic.js';
import { distinctInputWords, windowsOverlap } from '../../hardware/layer.js';
import type { TableRow } from '../support/shared-table.js';
import { numberOf, readSharedTable, textOf } from '../support/shared-table.js';
import { sharedDirectory } from '../support/shared.js';

const dataflowNames: Readonly<Record<string, Dataflow>> = {
  os: 'outputStationary',
  ws: 'weightStationary',
  is: 'inputStationary',
};

/** A row of the simulator's table with what our model makes of it. */
interface Case {
  readonly row: TableRow;
  readonly accelerator: Accelerator;
  readonly layer: MeasuredLayer;
}

/** The value below which a share of the values lies. */
function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? Number.NaN;
}

function caseOf(row: TableRow): Case {
  const dataflow = dataflowNames[textOf(row, 'dataflow')];
  if (dataflow === undefined) throw new Error('The table has an unknown dataflow.');
  const bandwidth = numberOf(row, 'bw_words');
  const accelerator: Accelerator = {
    rows: numberOf(row, 'rows'),
    columns: numberOf(row, 'cols'),
    dataflow,
    inputScratchpad: numberOf(row, 'ifmap_kb'),
    weightScratchpad: numberOf(row, 'filter_kb'),
    outputScratchpad: numberOf(row, 'ofmap_kb'),
    bandwidth: Number.isNaN(bandwidth) ? 10 : bandwidth,
    precision: 'int8',
  };
  const shape: Layer = {
    inputHeight: numberOf(row, 'in_h'),
    inputWidth: numberOf(row, 'in_w'),
    kernelHeight: numberOf(row, 'k_h'),
    kernelWidth: numberOf(row, 'k_w'),
    channels: numberOf(row, 'c_in'),
    filters: numberOf(row, 'c_out'),
    stride: numberOf(row, 'stride'),
    dilation: 1,
  };
  return { row, accelerator, layer: measureLayer(shape) };
}

describe.skipIf(sharedDirectory() === undefined)('the rows of SCALE-Sim', () => {
  const cases =
    sharedDirectory() === undefined ? [] : readSharedTable('hardware/scalesim.csv.gz').map(caseOf);
  const unlimited = cases.filter(({ row }) => textOf(row, 'mode') === 'CALC');
  const limited = cases.filter(({ row }) => textOf(row, 'mode') === 'USER');
  const cost = ({ layer, accelerator }: Case) => {
    const { outputHeight: _h, outputWidth: _w, M: _m, N: _n, K: _k, ...shape } = layer;
    return layerCost(shape, accelerator, technology45nm);
  };
  /** How far a share is from a percentage of the table, relative to it; the table has nine significant digits. */
  const deviation = (share: number, row: TableRow, column: string): number =>
    Math.abs(100 * share - numberOf(row, column)) / numberOf(row, column);

  test('cycles, utilisation and scratchpad accesses agree on all rows', () => {
    expect(cases).toHaveLength(588);
    for (const one of cases) {
      const { row, layer, accelerator } = one;
      const found = cost(one);
      const { rows, columns } = accelerator;
      const cycles = found.computeCycles - 1 + numberOf(row, 'stall_cycles');
      const { rowFolds, columnFolds } = mapLayer(layer, accelerator);
      // The simulator adds a rest of the pipeline to its count of writes when outputs are stationary.
      const slip =
        accelerator.dataflow === 'outputStationary' ? rowFolds * columnFolds * (rows + columns) : 0;
      expect([layer.M, layer.N, layer.K]).toEqual(['M', 'N', 'K'].map((name) => numberOf(row, name)));
      expect(
        {
          macs: found.multiplyAccumulates,
          cycles,
          sram_if_reads: found.scratchpadAccesses.inputs,
          sram_fl_reads: found.scratchpadAccesses.weights,
          sram_of_writes: found.scratchpadAccesses.outputs + slip,
        },
        `${textOf(row, 'config')} ${textOf(row, 'layer')}`,
      ).toEqual({
        macs: numberOf(row, 'macs'),
        cycles: numberOf(row, 'cycles'),
        sram_if_reads: numberOf(row, 'sram_if_reads'),
        sram_fl_reads: numberOf(row, 'sram_fl_reads'),
        sram_of_writes: numberOf(row, 'sram_of_writes'),
      });
      const utilization = found.multiplyAccumulates / (cycles * rows * columns);
      expect(deviation(utilization, row, 'util_pct')).toBeLessThan(5.001e-9);
      expect(deviation(found.mappingEfficiency, row, 'mapping_pct')).toBeLessThan(5.001e-9);
      expect(deviation(found.computeUtilization, row, 'compute_util_pct')).toBeLessThan(5.001e-9);
    }
  });

  test('DRAM traffic agrees where the bandwidth is not limited', () => {
    expect(unlimited).toHaveLength(448);
    for (const one of unlimited) {
      const { row } = one;
      expect(cost(one).dramWords, `${textOf(row, 'config')} ${textOf(row, 'layer')}`).toEqual({
        inputs: numberOf(row, 'dram_if_reads'),
        weights: numberOf(row, 'dram_fl_reads'),
        outputs: numberOf(row, 'dram_of_writes'),
      });
    }
  });

  test('the automaton and the phase walk agree with input reads of maps that overflow', () => {
    const worst = new Map<string, number>();
    let rows = 0;
    for (const { row, layer, accelerator } of unlimited) {
      const half = halfScratchpadWords(accelerator.inputScratchpad, 'int8');
      if (distinctInputWords(layer) < half || !windowsOverlap(layer)) continue;
      rows++;
      const expected = numberOf(row, 'dram_if_reads');
      expect(countInputReads(layer, accelerator, half)).toBe(expected);
      const passes = inputPasses(mapLayer(layer, accelerator), accelerator);
      const walked = walkInputPhases(layer, passes, accelerator.dataflow, half);
      const error = Math.abs(walked - expected) / expected;
      const small = accelerator.inputScratchpad < 32;
      const key = `${accelerator.dataflow}, ${small ? '8 KiB' : '32 KiB and more'}`;
      worst.set(key, Math.max(worst.get(key) ?? 0, error));
      expect(error, `${textOf(row, 'config')} ${textOf(row, 'layer')}`).toBeLessThan(small ? 0.2 : 0.03);
    }
    expect(rows).toBe(30);
    const errors = [...worst].map(([key, error]) => `${key} ${(100 * error).toFixed(1)} %`);
    console.log(`SCALE-Sim input reads, largest errors of the phase walk: ${errors.join('; ')}`);
  });

  test('cycles with the first fill agree where both inputs fit', () => {
    let rows = 0;
    for (const one of unlimited) {
      const { row, layer, accelerator } = one;
      const inputs = distinctInputWords(layer);
      const weights = layer.K * layer.N;
      const { outputs } = cost(one).dramWords;
      if (inputs >= halfScratchpadWords(accelerator.inputScratchpad, 'int8')) continue;
      if (weights >= halfScratchpadWords(accelerator.weightScratchpad, 'int8')) continue;
      if (outputs > 512 * accelerator.outputScratchpad) continue;
      rows++;
      // The simulator fills a scratchpad in portions of a hundredth at ten words a cycle.
      const fill = (words: number, kibibytes: number): number => {
        const portion = Math.floor((1024 * kibibytes) / 100);
        return Math.ceil((Math.ceil(words / portion) * portion) / 10);
      };
      const first = Math.max(
        fill(inputs, accelerator.inputScratchpad),
        fill(weights, accelerator.weightScratchpad),
      );
      const drain = Math.ceil(outputs / accelerator.columns) - 1;
      expect(numberOf(row, 'cycles') + drain + first).toBe(numberOf(row, 'cycles_incl_prefetch'));
    }
    expect(rows).toBe(260);
  });

  test('with limited bandwidth nothing stalls that fits, and stalls follow the slowest channel', () => {
    expect(limited).toHaveLength(140);
    const ratios: number[] = [];
    let fitting = 0;
    for (const one of limited) {
      const { row, layer, accelerator } = one;
      const halfInputs = 512 * accelerator.inputScratchpad;
      const halfWeights = 512 * accelerator.weightScratchpad;
      if (layer.M * layer.K <= halfInputs && layer.K * layer.N <= halfWeights) {
        fitting++;
        expect(numberOf(row, 'stall_cycles')).toBe(0);
      }
      if (numberOf(row, 'stall_cycles') > 0) {
        const slowest = Math.max(
          cost(one).computeCycles - 1,
          (numberOf(row, 'dram_if_reads') - halfInputs) / accelerator.bandwidth,
          (numberOf(row, 'dram_fl_reads') - halfWeights) / accelerator.bandwidth,
        );
        ratios.push(numberOf(row, 'cycles') / slowest);
      }
    }
    ratios.sort((a, b) => a - b);
    expect(fitting).toBe(102);
    expect(ratios).toHaveLength(29);
    expect(ratios[0]).toBeGreaterThanOrEqual(1);
    expect(ratios.at(-1)).toBeLessThanOrEqual(2);
    expect(ratios[14]).toBeCloseTo(1.06, 2);
  });

  test('with limited bandwidth cycles are those of the simulator, with the first fill and the last drain', () => {
    const errors = { 1: [] as number[], 2: [] as number[] };
    for (const { row, layer, accelerator } of limited) {
      const place = `${textOf(row, 'config')} ${textOf(row, 'layer')}`;
      const cycles = numberOf(row, 'cycles');
      const ofModel = (model: LatencyModel): number => {
        const { computeCycles, stallCycles } = layerCost(layer, accelerator, technology45nm, model);
        return computeCycles - 1 + stallCycles;
      };
      expect(ofModel(2), place).toBe(cycles);
      expect(layerCost(layer, accelerator, technology45nm, 2).latencyCycles - 1, place).toBe(
        numberOf(row, 'cycles_incl_prefetch'),
      );
      if (numberOf(row, 'stall_cycles') === 0) continue;
      for (const model of latencyModels) errors[model].push(Math.abs(ofModel(model) - cycles) / cycles);
    }
    expect(errors[2]).toHaveLength(29);
    expect(quantile(errors[1], 0.5)).toBeGreaterThan(0.4);
    for (const model of latencyModels) {
      const [median, most] = [quantile(errors[model], 0.5), quantile(errors[model], 0.95)];
      console.log(
        `SCALE-Sim stalled rows, latency model ${model}: median error ${(100 * median).toFixed(1)} %, 95th percentile ${(100 * most).toFixed(1)} %`,
      );
    }
  });

  test('with limited bandwidth the simulator reads the unrolled input', () => {
    let rows = 0;
    for (const { row, layer, accelerator } of limited) {
      const { rowFolds, columnFolds } = mapLayer(layer, accelerator);
      const { rows: R, columns: C, dataflow, bandwidth } = accelerator;
      const unrolled = {
        outputStationary: { inputs: rowFolds * R * layer.K, weights: layer.K * columnFolds * C },
        weightStationary: { inputs: rowFolds * R * layer.M, weights: layer.K * columnFolds * C },
        inputStationary: { inputs: layer.K * columnFolds * C, weights: rowFolds * R * layer.N },
      }[dataflow];
      const whole = (words: number): number => Math.ceil(words / bandwidth) * bandwidth;
      if (unrolled.inputs <= 512 * accelerator.inputScratchpad) {
        rows++;
        expect(numberOf(row, 'dram_if_reads')).toBe(whole(unrolled.inputs));
      }
      if (unrolled.weights <= 512 * accelerator.weightScratchpad) {
        rows++;
        expect(numberOf(row, 'dram_fl_reads')).toBe(whole(unrolled.weights));
      }
    }
    expect(rows).toBeGreaterThan(140);
  });
});
