import { unreachable } from '../foundation/errors/index.js';
import type { Accelerator, Dataflow } from './accelerator.js';
import type { MeasuredLayer } from './layer.js';

/** How the matrix product of a layer is folded onto the array, fold after fold. */
export interface Mapping {
  /** Extent along the rows of the array, along its columns, and in time. */
  readonly spatialRows: number;
  readonly spatialColumns: number;
  readonly time: number;
  readonly rowFolds: number;
  readonly columnFolds: number;
  readonly cyclesPerFold: number;
  /** Cycles of all folds when DRAM keeps up. */
  readonly computeCycles: number;
  /** Share of the array that holds work, averaged over the folds. */
  readonly mappingEfficiency: number;
  /** Multiply-accumulates done per one possible while the array is fed; skew of the last column included. */
  readonly computeUtilization: number;
}

/** Maps a layer to an array. Cycles are those of SCALE-Sim 3.0.0. */
export function mapLayer(
  layer: MeasuredLayer,
  { rows, columns, dataflow }: Pick<Accelerator, 'rows' | 'columns' | 'dataflow'>,
): Mapping {
  const [spatialRows, spatialColumns, time] = extents(layer, dataflow);
  const rowFolds = Math.ceil(spatialRows / rows);
  const columnFolds = Math.ceil(spatialColumns / columns);
  const folds = rowFolds * columnFolds;
  const outputStationary = dataflow === 'outputStationary';
  // Where weights or inputs stay in the array, loading them takes as many cycles again as it has rows.
  const cyclesPerFold = (outputStationary ? rows : 2 * rows) + columns + time - 2;
  const fedCycles = cyclesPerFold + (outputStationary ? 0 : columns - 1);
  const multiplyAccumulates = layer.M * layer.N * layer.K;
  return {
    spatialRows,
    spatialColumns,
    time,
    rowFolds,
    columnFolds,
    cyclesPerFold,
    computeCycles: folds * cyclesPerFold,
    mappingEfficiency: (spatialRows * spatialColumns) / (folds * rows * columns),
    computeUtilization: multiplyAccumulates / (folds * rows * columns * fedCycles),
  };
}

function extents({ M, N, K }: MeasuredLayer, dataflow: Dataflow): readonly [number, number, number] {
  switch (dataflow) {
    case 'outputStationary':
      return [M, N, K];
    case 'weightStationary':
      return [K, N, M];
    case 'inputStationary':
      return [K, M, N];
    default:
      return unreachable(dataflow, 'dataflow');
  }
}
