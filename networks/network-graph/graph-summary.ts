import { shapeText } from '../ground/index.js';
import { networkCost } from './graph-cost.js';
import type { NetworkGraph } from './network-graph.js';
import { nodeLabel } from './node-label.js';

/**
 * A network as a text table: node, operation, output shape, parameters and multiply-adds for one example, with totals.
 * Throws `GraphError` where shapes do not fit.
 */
export function graphSummary(graph: NetworkGraph): string {
  const { nodes, parameters, multiplyAdds } = networkCost(graph);
  const header = ['node', 'operation', 'output', 'parameters', 'multiply-adds'];
  const fed = Object.entries(graph.inputs).map(([name, { shape }]) => [
    name,
    'input',
    shapeText(shape),
    '0',
    '0',
  ]);
  const rows = nodes.map(({ node, shape, ...cost }) => [
    node.name,
    nodeLabel(node),
    shapeText(shape),
    grouped(cost.parameters),
    grouped(cost.multiplyAdds),
  ]);
  const totals = ['total', '', '', grouped(parameters), grouped(multiplyAdds)];
  const all = [header, ...fed, ...rows, totals];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column < 3 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('──');
  return `${[line(header), rule, ...[...fed, ...rows].map(line), rule, line(totals)].join('\n')}\n`;
}

/** An integer with a comma between thousands. */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
