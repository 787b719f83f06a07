import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { timeArray } from '../../hardware/double-buffers/index.js';
import type { Accelerator, Dataflow, MeasuredLayer } from '../../hardware/index.js';
import {
  acceleratorCosts,
  AcceleratorModel,
  acceleratorSpace,
  checkAccelerator,
  layerCost,
  mapLayer,
  matrixProduct,
  measureLayer,
  newestLatencyModel,
  technology45nm,
} from '../../hardware/index.js';
import { RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import { decode, sample } from '../../search-spaces/index.js';
import { buildNetwork } from '../../training/index.js';

const accelerator: Accelerator = {
  rows: 8,
  columns: 8,
  dataflow: 'outputStationary',
  inputScratchpad: 32,
  weightScratchpad: 32,
  outputScratchpad: 32,
  bandwidth: 4,
  precision: 'int8',
};

const dataflows: Readonly<Record<string, Dataflow>> = {
  os: 'outputStationary',
  ws: 'weightStationary',
  is: 'inputStationary',
};

/** A run of SCALE-Sim 3.0.0 with limited bandwidth that is not in the shared table. */
interface SimulatorRun {
  readonly line: string;
  readonly accelerator: Accelerator;
  readonly layer: MeasuredLayer;
  readonly cycles: number;
  readonly stallCycles: number;
  /** With the first fill and the last drain. */
  readonly allCycles: number;
}

// The columns are named in the first line. Arrays, scratchpads, bandwidths and layers were drawn at random.
const [header = '', ...lines] = readFileSync(new URL('./simulator-runs.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const columns = header.split(',');
const runs = lines.map((line): SimulatorRun => {
  const cells = line.split(',');
  const number = (column: string): number => Number(cells[columns.indexOf(column)]);
  return {
    line,
    accelerator: {
      rows: number('rows'),
      columns: number('cols'),
      dataflow: dataflows[cells[columns.indexOf('dataflow')] ?? ''] ?? 'outputStationary',
      inputScratchpad: number('ifmap_kb'),
      weightScratchpad: number('filter_kb'),
      outputScratchpad: number('ofmap_kb'),
      bandwidth: number('bw_words'),
      precision: 'int8',
    },
    layer: measureLayer({
      inputHeight: number('in_h'),
      inputWidth: number('in_w'),
      kernelHeight: number('k_h'),
      kernelWidth: number('k_w'),
      channels: number('c_in'),
      filters: number('c_out'),
      stride: number('stride'),
      dilation: 1,
    }),
    cycles: number('cycles'),
    stallCycles: number('stall_cycles'),
    allCycles: number('cycles_incl_prefetch'),
  };
});

test('runs of the simulator that are in no shared table have our cycles', () => {
  const stalled = runs.filter(({ stallCycles }) => stallCycles > 0);
  for (const dataflow of Object.values(dataflows)) {
    expect(stalled.filter((run) => run.accelerator.dataflow === dataflow).length).toBeGreaterThan(8);
  }
  for (const run of runs) {
    const { computeCycles, stallCycles, latencyCycles } = layerCost(
      run.layer,
      run.accelerator,
      technology45nm,
    );
    expect([computeCycles - 1 + stallCycles, stallCycles, latencyCycles - 1], run.line).toEqual([
      run.cycles,
      run.stallCycles,
      run.allCycles,
    ]);
  }
});

describe('a layer that is too long to be followed', () => {
  test.each(Object.values(dataflows))('is estimated from its first folds: %s', (dataflow) => {
    const layer = measureLayer({
      inputHeight: 18,
      inputWidth: 18,
      kernelHeight: 3,
      kernelWidth: 3,
      channels: 32,
      filters: 96,
      stride: 1,
      dilation: 1,
    });
    const array: Accelerator = { ...accelerator, dataflow };
    const mapping = mapLayer(layer, array);
    const exact = timeArray(layer, mapping, array);
    const estimate = timeArray(layer, mapping, array, 700_000);
    expect(exact.stallCycles).toBeGreaterThan(mapping.computeCycles / 4);
    expect(estimate.stallCycles).not.toBe(exact.stallCycles);
    const [exactly = 1, about = 0] = [exact, estimate].map(
      ({ stallCycles }) => mapping.computeCycles + stallCycles,
    );
    expect(Math.abs(about / exactly - 1)).toBeLessThan(0.1);
  });
});

describe('latency models', () => {
  const starved = { ...accelerator, bandwidth: 2 };
  const layer = matrixProduct(64, 512, 256);
  const network = buildNetwork({
    ...{
      builder: 'plainConvolutional',
      inputShape: [28, 28, 1],
      widths: [16, 32],
      classes: 10,
      denseUnits: 64,
    },
  });

  test('accelerators of new spaces have the newest, those of stored definitions the first', () => {
    const drawn = decode(
      acceleratorSpace,
      sample(acceleratorSpace, new RandomStream(rngFromSeed('latency'))),
    );
    expect(drawn.latencyModel).toBe(newestLatencyModel);
    const [first, second] = ([1, 2] as const).map((latencyModel) => ({ ...starved, latencyModel }));
    const latency = (told: Accelerator): number => new AcceleratorModel(told).layer(layer).latencyCycles;
    expect(latency(starved)).toBe(latency(first ?? starved));
    expect(latency(second ?? starved)).toBeGreaterThan(1.2 * latency(starved));
    const costs = (told: Accelerator) => acceleratorCosts(network, { accelerator: told }, {});
    expect(costs(starved)).toEqual(costs(first ?? starved));
    expect(costs(second ?? starved).latency).not.toBe(costs(starved).latency);
  });

  test('only latency depends on them', () => {
    const [former, newer] = ([1, 2] as const).map((latencyModel) => {
      const {
        stallCycles: _stalls,
        latencyCycles: _latency,
        ...rest
      } = layerCost(layer, { ...starved, latencyModel }, technology45nm);
      return rest;
    });
    expect(newer).toEqual(former);
  });

  test('other versions are refused', () => {
    const told = { ...accelerator, latencyModel: 3 } as unknown as Accelerator;
    expect(() => checkAccelerator(told)).toThrow(
      'accelerator: latencyModel must be one of 1, 2, or absent, not 3.',
    );
  });
});

test('without stalls a layer takes its fill, its cycles and its drain', () => {
  const { rows, columns: width, bandwidth } = accelerator;
  const cost = layerCost(matrixProduct(37, 91, 53), { ...accelerator, latencyModel: 2 }, technology45nm);
  expect(cost.stallCycles).toBe(0);
  // Lanes without work are brought, too.
  const streamed = Math.max(Math.ceil(37 / rows) * rows * 91, Math.ceil(53 / width) * width * 91);
  const [fill, drain] = [Math.ceil(streamed / bandwidth), Math.ceil((37 * 53) / bandwidth) - 1];
  expect(cost.latencyCycles).toBe(fill + cost.computeCycles + drain);
});

test('words of more bytes and fractions of a word a cycle wait longer', () => {
  const layer = matrixProduct(64, 512, 256);
  const stalls = (change: Partial<Accelerator>): number =>
    layerCost(layer, { ...accelerator, ...change, latencyModel: 2 }, technology45nm).stallCycles;
  expect(stalls({ precision: 'fp16' })).toBeGreaterThan(stalls({}));
  expect(stalls({ bandwidth: 0.5 })).toBeGreaterThan(4 * stalls({}));
});
