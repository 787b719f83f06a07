import { FieldReader, GraphError, nodePlace, show } from '../ground/index.js';
import { operationKinds } from '../operations/index.js';
import type { Operation } from '../operations/index.js';
import { topologicalOrder } from './graph-order.js';
import type { NetworkGraph, NetworkInput, NetworkNode } from './network-graph.js';
import { inferShapes } from './shape-inference.js';

/** Nodes of a graph at most, because a graph may come from outside. */
export const nodeLimit = 50_000;

// Names travel into TensorFlow graphs, which allow these characters only.
const nodeNamePattern = /^[A-Za-z0-9][A-Za-z0-9_./-]{0,199}$/;
// Names of digits alone are those of nodes in canonical graphs.
const inputNamePattern = /^[A-Za-z][A-Za-z0-9_./-]{0,199}$/;

/**
 * Makes a network graph of JSON: every attribute filled in, the nodes in topological order. Throws `GraphError` for an
 * unknown operation or attribute, missing or repeated names, cycles, nodes and inputs that no output needs, and shapes
 * that do not fit.
 */
export function parseNetworkGraph(json: unknown): NetworkGraph {
  const fields = new FieldReader(json, '', 'field');
  fields.choice('format', ['duramen-network/1']);
  const inputs = readInputs(fields.value('inputs'));
  const unordered = readList(fields, 'nodes').map((node, i) => readNode(node, i));
  const outputs = readList(fields, 'outputs');
  fields.finish();
  const nodes = topologicalOrder({ inputs, nodes: unordered });
  const graph: NetworkGraph = {
    format: 'duramen-network/1',
    inputs,
    nodes,
    outputs: readOutputs(outputs, nodes),
  };
  refuseUnused(graph);
  inferShapes(graph);
  return graph;
}

/** The inputs of a graph, by name. Throws `GraphError`. */
export function readInputs(value: unknown): Readonly<Record<string, NetworkInput>> {
  const fields = new FieldReader(value, 'inputs', 'field');
  const names = fields.names();
  if (names.length === 0)
    throw new GraphError('', 'the graph has no inputs; name at least one with its shape.');
  const entries = names.map((name): [string, NetworkInput] => {
    checkName(name, inputNamePattern, 'inputs');
    const input = new FieldReader(fields.value(name), `input ${show(name)}`, 'field');
    const shape = input.counts('shape', 1, 4);
    input.finish();
    return [name, { shape }];
  });
  return Object.fromEntries(entries);
}

/** A node of a graph as JSON; `index` tells where it stands. Throws `GraphError`. */
export function readNode(value: unknown, index: number): NetworkNode {
  const unnamed = new FieldReader(value, `nodes[${index}]`, 'field');
  const name = unnamed.text('name');
  checkName(name, nodeNamePattern, `nodes[${index}]`);
  const place = nodePlace(name);
  const fields: FieldReader = new FieldReader(value, place, 'field');
  fields.text('name');
  const opName = fields.text('op');
  if (!isOperation(opName)) {
    const known = Object.keys(operationKinds).join(', ');
    throw new GraphError(place, `unknown operation ${show(opName)}; known are ${known}.`);
  }
  const inputs = fields.value('inputs');
  if (!isTextList(inputs)) fields.refuse('inputs', 'must be a list of names', inputs);
  const attributes = new FieldReader(fields.value('attributes') ?? {}, place, 'attribute');
  const node = nodeOf(opName, name, inputs, attributes);
  fields.finish();
  return node;
}

function isOperation(name: string): name is Operation {
  return Object.hasOwn(operationKinds, name);
}

function nodeOf<O extends Operation>(
  op: O,
  name: string,
  inputs: readonly string[],
  fields: FieldReader,
): NetworkNode<O> {
  const attributes = operationKinds[op].readAttributes(fields);
  fields.finish();
  return { name, op, inputs: [...inputs], attributes };
}

function readOutputs(outputs: readonly unknown[], nodes: readonly NetworkNode[]): readonly string[] {
  const names = new Set(nodes.map(({ name }) => name));
  const read = new Set<string>();
  if (outputs.length === 0) throw new GraphError('', 'the graph has no outputs; name at least one node.');
  for (const output of outputs) {
    if (typeof output !== 'string' || !names.has(output)) {
      throw new GraphError('', `the output ${show(output)} is not a node of the graph.`);
    }
    if (read.has(output)) throw new GraphError('', `the output ${show(output)} is named twice.`);
    read.add(output);
  }
  return [...read];
}

function refuseUnused({ inputs, nodes, outputs }: NetworkGraph): void {
  const used = new Set(outputs);
  for (const node of [...nodes].reverse()) {
    if (!used.has(node.name)) {
      throw new GraphError(
        nodePlace(node.name),
        'no output depends on it; remove it, or connect it to a node that an output depends on.',
      );
    }
    for (const input of node.inputs) used.add(input);
  }
  const unused = Object.keys(inputs).find((name) => !used.has(name));
  if (unused !== undefined) {
    throw new GraphError(
      `input ${JSON.stringify(unused)}`,
      'no output depends on it; remove it or connect it.',
    );
  }
}

function readList(fields: FieldReader, name: string): readonly unknown[] {
  const list = fields.value(name);
  if (!Array.isArray(list)) fields.refuse(name, 'must be a list', list);
  if (list.length > nodeLimit) throw new GraphError('', `the graph has more than ${nodeLimit} ${name}.`);
  return list;
}

/** Refuses a name that TensorFlow graphs do not allow. */
export function checkNodeName(name: string, place: string): void {
  checkName(name, nodeNamePattern, place);
}

function checkName(name: string, pattern: RegExp, place: string): void {
  if (!pattern.test(name)) {
    throw new GraphError(
      place,
      `the name ${show(name)} is not allowed; use 1 to 200 letters, digits, "_", ".", "-" and "/", starting with a letter.`,
    );
  }
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
