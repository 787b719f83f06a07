import { shapeText } from '../ground/index.js';
import type { Shape } from '../ground/index.js';
import { operationKinds } from '../operations/index.js';
import type { Operation, OperationFamily } from '../operations/index.js';
import type { Position } from './layered-layout.js';
import { layeredLayout } from './layered-layout.js';
import type { NetworkGraph, NetworkNode } from './network-graph.js';
import { nodeLabel } from './node-label.js';
import { inferShapes, shapeOf } from './shape-inference.js';

/** What is drawn as one box: an input, or nodes that follow one another without a branch. */
interface Block {
  /** Name of what leaves the box. */
  readonly name: string;
  readonly title: string;
  readonly lines: readonly string[];
  readonly colour: string;
  readonly from: readonly string[];
}

const lineHeight = 16;
const padding = 8;
const margin = 16;
/** Width of a character of the font, which may differ on the reader's machine: rather too much than too little. */
const characterWidth = 6.8;

const colours: Readonly<Record<'input' | OperationFamily, string>> = {
  input: '#e8e8e8',
  weights: '#cfe3f7',
  pooling: '#d6efd2',
  joining: '#fbe3b5',
  other: '#f3f0ea',
};

/**
 * A network as a self-contained SVG, drawn from top to bottom. Nodes that follow one another without a branch share a
 * box, which also states the shape that leaves it. Throws `GraphError` where shapes do not fit.
 */
export function graphDrawing(graph: NetworkGraph): string {
  const blocks = blocksOf(graph, inferShapes(graph));
  const indices = new Map(blocks.map(({ name }, i) => [name, i]));
  const sizes = blocks.map(({ lines, from }) => ({
    width: Math.max(...lines.map((line) => line.length)) * characterWidth + 2 * padding,
    height: lines.length * lineHeight + 2 * padding,
    from: from.flatMap((name) => indices.get(name) ?? []),
  }));
  const layout = layeredLayout(sizes);
  const edges = layout.edges.map(
    ({ points }) => `<path d="${curve(points)}" marker-end="url(#network-graph-arrow)"/>`,
  );
  const boxes = blocks.map(({ title, lines, colour }, i) => {
    const { x, y } = layout.boxes[i] ?? { x: 0, y: 0 };
    const { width, height } = sizes[i] ?? { width: 0, height: 0 };
    const texts = lines.map((line, row) => {
      const baseline = y + padding + (row + 0.75) * lineHeight;
      const last = row === lines.length - 1 ? ' class="shape"' : '';
      return `<text x="${round(x)}" y="${round(baseline)}"${last}>${escaped(line)}</text>`;
    });
    const rectangle = `<rect x="${round(x - width / 2)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="6" fill="${colour}"/>`;
    return `<g><title>${escaped(title)}</title>${rectangle}${texts.join('')}</g>`;
  });
  const width = Math.ceil(layout.width + 2 * margin);
  const height = Math.ceil(layout.height + 2 * margin);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${-margin} ${-margin} ${width} ${height}" class="network-graph" role="img" aria-label="Network graph">`,
    // The rules name the class, so that a page that holds the drawing keeps its own.
    '<style>.network-graph rect{stroke:#555}.network-graph text{font:11px ui-monospace,Menlo,Consolas,monospace;text-anchor:middle;fill:#111}.network-graph .shape{fill:#666}.network-graph path{fill:none;stroke:#555}</style>',
    '<defs><marker id="network-graph-arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" style="fill:#555;stroke:none"/></marker></defs>',
    `<rect x="${-margin}" y="${-margin}" width="${width}" height="${height}" fill="#fff" style="stroke:none"/>`,
    ...edges,
    ...boxes,
    '</svg>\n',
  ].join('\n');
}

function blocksOf(graph: NetworkGraph, shapes: ReadonlyMap<string, Shape>): readonly Block[] {
  const uses = new Map<string, number>();
  for (const name of [...graph.outputs, ...graph.nodes.flatMap(({ inputs }) => inputs)]) {
    uses.set(name, (uses.get(name) ?? 0) + 1);
  }
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  /** The node that a node continues: its only input, which nothing else reads. */
  const continued = (node: NetworkNode): NetworkNode | undefined => {
    const [input = ''] = node.inputs;
    const before = byName.get(input);
    const joins = node.inputs.length !== 1 || before === undefined || before.inputs.length !== 1;
    return joins || uses.get(input) !== 1 || scopeOf(before) !== scopeOf(node) ? undefined : before;
  };
  const inner = new Set(graph.nodes.map(continued));
  const inputs = Object.entries(graph.inputs).map(([name, { shape }]): Block => ({
    name,
    title: name,
    lines: [name, shapeText(shape)],
    colour: colours.input,
    from: [],
  }));
  const boxes = graph.nodes
    .filter((node) => !inner.has(node))
    .map((last): Block => {
      const chain = [last];
      for (let node = continued(last); node !== undefined; node = continued(node)) chain.unshift(node);
      return {
        name: last.name,
        title: chain.map(({ name }) => name).join(', '),
        lines: [...chain.map(nodeLabel), shapeText(shapeOf(last.name, shapes))],
        colour: colourOf(chain.map(({ op }) => op)),
        from: chain[0]?.inputs ?? [],
      };
    });
  return [...inputs, ...boxes];
}

/** The part of a name before its last slash: builders give the nodes of one unit a scope of their own. */
function scopeOf({ name }: NetworkNode): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('/')));
}

/** The colour of what weighs most in a box: its weights, then pooling, then the joining of branches. */
function colourOf(operations: readonly Operation[]): string {
  const families = operations.map((op) => operationKinds[op].family);
  const family = (['weights', 'pooling', 'joining'] as const).find((each) => families.includes(each));
  return colours[family ?? 'other'];
}

/** A smooth line through points that leaves and enters each of them vertically. */
function curve(points: readonly Position[]): string {
  const [start, ...rest] = points;
  if (start === undefined) return '';
  let path = `M${round(start.x)} ${round(start.y)}`;
  let last = start;
  for (const point of rest) {
    const middle = (last.y + point.y) / 2;
    path += `C${round(last.x)} ${round(middle)} ${round(point.x)} ${round(middle)} ${round(point.x)} ${round(point.y)}`;
    last = point;
  }
  return path;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
