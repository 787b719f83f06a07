import { errorText } from '../../foundation/errors/index.js';
import type { AcceleratorModel, NetworkHardwareCost } from '../../hardware/index.js';
import { graphDrawing, networkCost, type NetworkGraph } from '../../networks/network-graph/index.js';
import { formatNumber } from '../number-format.js';
import type { FoundNetwork } from './found-network.js';
import { section, sortableTable } from './page-frame.js';
import type { TableCell } from './page-frame.js';
import { html } from './markup.js';
import type { Content, Markup } from './markup.js';

/** The network of the best trial: drawn, layer by layer, and what it costs on the accelerator. */
export function networkSection({ network, accelerator }: FoundNetwork): Markup {
  const { parameters, multiplyAdds } = networkCost(network);
  // An image of its own, so that the drawing's style sheet is kept to the drawing.
  const drawing = `data:image/svg+xml;base64,${Buffer.from(graphDrawing(network)).toString('base64')}`;
  return section(
    'network',
    'Best network',
    html`<p class="muted">
        ${grouped(parameters)} parameters, ${grouped(multiplyAdds)} multiply-adds for one example.
      </p>
      <div class="network">
        <div class="drawing">
          <img src="${drawing}" alt="The network graph, from the input at the top to the logits" />
        </div>
        <div>
          <h3>Layers</h3>
          ${layerTable(network)}${accelerator === null ? null : acceleratorCost(network, accelerator)}
        </div>
      </div>`,
  );
}

function layerTable(network: NetworkGraph): Markup {
  const { nodes, parameters, multiplyAdds } = networkCost(network);
  const rows = nodes.map(({ node, shape, ...cost }): readonly TableCell[] => [
    node.name,
    node.op,
    shape.join('\u00a0×\u00a0'),
    count(cost.parameters),
    count(cost.multiplyAdds),
  ]);
  const total = ['total', '', '', count(parameters), count(multiplyAdds)];
  return sortableTable(['node', 'operation', 'output', 'parameters', 'multiply-adds'], rows, total);
}

function acceleratorCost(network: NetworkGraph, model: AcceleratorModel): Content {
  let cost: NetworkHardwareCost;
  try {
    cost = model.network(network);
  } catch (error) {
    const message = errorText(error);
    return html`<h3>On the accelerator</h3>
      <p class="bad">${message}</p>`;
  }
  const rows = cost.nodes.map((node): readonly TableCell[] => [
    node.node,
    count(Math.round(node.latencyCycles)),
    percent(share(node.multiplyAccumulates, node.latencyCycles, model)),
    count(dramWords(node)),
    number(node.energyPicojoules.total / 1e6),
  ]);
  const { energyPicojoules: energy } = cost;
  const total = [
    'total',
    count(Math.round(cost.latencyCycles)),
    percent(cost.utilization),
    count(dramWords(cost)),
    number(energy.total / 1e6),
  ];
  const facts: readonly (readonly [string, string])[] = [
    ['latency', `${formatNumber(cost.latencySeconds * 1e6)} µs`],
    ['energy', `${formatNumber(energy.total / 1e6)} µJ`],
    ['of it multiply-accumulates', percent(energy.multiplyAccumulate / energy.total).text],
    ['of it registers', percent(energy.registers / energy.total).text],
    ['of it scratchpads', percent(energy.scratchpads / energy.total).text],
    ['of it DRAM', percent(energy.dram / energy.total).text],
    ['area', `${formatNumber(cost.areaSquareMillimetres.total)} mm²`],
    ['utilization', percent(cost.utilization).text],
  ];
  const configuration = Object.entries(model.accelerator).map(([name, value]) => `${name} ${String(value)}`);
  const factRows = facts.map(
    ([name, value]) =>
      html`<tr>
        <th scope="row">${name}</th>
        <td class="number">${value}</td>
      </tr>`,
  );
  return html`<h3>On the accelerator</h3>
    <p class="muted">${configuration.join(', ')}. One example at a time, by the analytic model.</p>
    <table class="facts">
      <tbody>
        ${factRows}
      </tbody>
    </table>
    <h3>Cost of each layer</h3>
    ${sortableTable(['node', 'cycles', 'utilization', 'DRAM words', 'energy (µJ)'], rows, total)}`;
}

function dramWords({
  dramWords: { inputs, weights, outputs },
}: Pick<NetworkHardwareCost, 'dramWords'>): number {
  return inputs + weights + outputs;
}

function share(multiplyAccumulates: number, cycles: number, { accelerator }: AcceleratorModel): number {
  return cycles === 0 ? 0 : multiplyAccumulates / (cycles * accelerator.rows * accelerator.columns);
}

interface NumberCell {
  readonly text: string;
  readonly value: number;
}

function count(value: number): NumberCell {
  return { text: grouped(value), value };
}

function number(value: number): NumberCell {
  return { text: formatNumber(value), value };
}

function percent(value: number): NumberCell {
  return { text: `${(100 * value).toFixed(1)} %`, value };
}

/** A whole number with thin spaces between thousands. */
function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');
}
