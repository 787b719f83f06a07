import type { JournalReader, JournalTrial } from '../../client/index.js';
import { errorText } from '../../foundation/errors/index.js';
import type { AcceleratorModel, NetworkHardwareCost } from '../../hardware/index.js';
import { graphDrawing, networkCost } from '../../networks/network-graph/index.js';
import { findNetwork, type FoundNetwork } from './found-network.js';
import type { ReportNetwork } from './report-data.js';
import type { SearchTree } from './search-tree.js';

/** Points of a front whose network a page draws. */
const networkLimit = 8;

/** The networks of some trials of the root, given by their places, as far as they have one. */
export async function readNetworks(
  reader: JournalReader,
  tree: SearchTree,
  places: readonly number[],
  placeOf: ReadonlyMap<JournalTrial, number>,
): Promise<readonly ReportNetwork[]> {
  const byPlace = new Map(tree.root.summary.trials.map((trial) => [placeOf.get(trial), trial.index]));
  const networks: ReportNetwork[] = [];
  for (const place of places.slice(0, networkLimit)) {
    const index = byPlace.get(place);
    if (index === undefined) continue;
    const found = await findNetwork(reader, tree.chain(tree.root, index));
    if (found !== null) networks.push(networkData(place, found));
  }
  return networks;
}

function networkData(trial: number, { network, accelerator }: FoundNetwork): ReportNetwork {
  const { parameters, multiplyAdds, nodes } = networkCost(network);
  const cost = accelerator === null ? null : costOf(accelerator, network);
  const costs = new Map(
    cost === null || typeof cost === 'string' ? [] : cost.nodes.map((node) => [node.node, node]),
  );
  return {
    trial,
    svg: graphDrawing(network),
    parameters,
    multiplyAdds,
    layers: nodes.map(({ node, shape, ...own }) => {
      const hardware = costs.get(node.name);
      return {
        node: node.name,
        operation: node.op,
        output: shape.join(' × '),
        parameters: own.parameters,
        multiplyAdds: own.multiplyAdds,
        cycles: hardware === undefined ? null : Math.round(hardware.latencyCycles),
        utilization:
          hardware === undefined || accelerator === null || hardware.latencyCycles === 0
            ? null
            : hardware.multiplyAccumulates /
              (hardware.latencyCycles * accelerator.accelerator.rows * accelerator.accelerator.columns),
        words: hardware === undefined ? null : wordsOf(hardware.dramWords),
        energy: hardware === undefined ? null : hardware.energyPicojoules.total / 1e6,
      };
    }),
    accelerator: accelerator === null ? null : acceleratorData(accelerator, cost),
  };
}

function wordsOf({ inputs, weights, outputs }: NetworkHardwareCost['dramWords']): number {
  return inputs + weights + outputs;
}

function acceleratorData(
  model: AcceleratorModel,
  cost: NetworkHardwareCost | string | null,
): ReportNetwork['accelerator'] {
  const { accelerator, areaSquareMillimetres: area } = model;
  const known = cost === null || typeof cost === 'string' ? null : cost;
  const energy = known?.energyPicojoules;
  return {
    rows: accelerator.rows,
    columns: accelerator.columns,
    configuration: Object.fromEntries(
      Object.entries(accelerator).map(([name, value]) => [name, value as number | string]),
    ),
    area: { ...area },
    problem: typeof cost === 'string' ? cost : null,
    latency: known === null ? null : known.latencySeconds * 1e6,
    energy:
      energy === undefined
        ? {}
        : {
            'multiply-accumulates': energy.multiplyAccumulate / 1e6,
            registers: energy.registers / 1e6,
            scratchpads: energy.scratchpads / 1e6,
            DRAM: energy.dram / 1e6,
          },
    utilization: known?.utilization ?? null,
  };
}

/** What the network costs on the accelerator, or why it cannot run there. */
function costOf(model: AcceleratorModel, network: FoundNetwork['network']): NetworkHardwareCost | string {
  try {
    return model.network(network);
  } catch (error) {
    return errorText(error);
  }
}
