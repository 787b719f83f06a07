import { FieldReader, GraphError, nodePlace, shapeText, show } from '../ground/index.js';
import type { Shape } from '../ground/index.js';
import { checkNodeName, nodeLimit, readInputs, readNode } from '../network-graph/graph-validation.js';
import type { NetworkNode } from '../network-graph/network-graph.js';
import { inputShapes, outputShape } from '../network-graph/shape-inference.js';
import { checkChoices } from './choice-list.js';
import { isChoice, neededOf, nodesWithConditions } from './supernetwork.js';
import type { Branch, ChoiceNode, Supernetwork, SupernetworkNode } from './supernetwork.js';

/**
 * Makes a supernetwork of JSON, with every attribute filled in. Throws `GraphError` for what `parseNetworkGraph` refuses,
 * for nodes that stand before what they read, and for choices whose branches do not fit: branches of several shapes,
 * outcomes without a branch, and decisions that nodes read in different ways.
 */
export function parseSupernetwork(json: unknown): Supernetwork {
  const supernetwork = readSupernetwork(json);
  if ([...nodesWithConditions(supernetwork.nodes)].length > nodeLimit)
    throw new GraphError('', `the supernetwork has more than ${nodeLimit} nodes.`);
  supernetworkShapes(supernetwork);
  checkChoices(supernetwork);
  refuseUnused(supernetwork);
  return supernetwork;
}

/** As `parseSupernetwork`, without the nodes that no output of any child depends on. Throws `GraphError`. */
export function parseNeeded(json: unknown): Supernetwork {
  const whole = readSupernetwork(json);
  supernetworkShapes(whole);
  return parseSupernetwork({ ...whole, nodes: neededOf(whole.nodes, new Set(whole.outputs)) });
}

/** Whether a value says that it is a supernetwork. */
export function isSupernetwork(value: unknown): value is Supernetwork {
  return (
    typeof value === 'object' &&
    value !== null &&
    'format' in value &&
    value.format === 'duramen-supernetwork/1'
  );
}

/**
 * The shape of every input and node by name, those in branches included, without the batch. Throws `GraphError` that
 * names the first node whose inputs do not fit, or the choice whose branches have different shapes.
 */
export function supernetworkShapes({ inputs, nodes, outputs }: Supernetwork): ReadonlyMap<string, Shape> {
  const shapes = new Map<string, Shape>(Object.entries(inputs).map(([name, { shape }]) => [name, shape]));
  const visible = new Set(shapes.keys());
  for (const node of nodes) addShape(node, visible, shapes);
  for (const output of outputs) {
    if (Object.hasOwn(inputs, output) || !visible.has(output))
      throw new GraphError('', `the output ${show(output)} is not a node outside of all branches.`);
  }
  return shapes;
}

function addShape(node: SupernetworkNode, visible: Set<string>, shapes: Map<string, Shape>): void {
  const place = nodePlace(node.name);
  const shape = isChoice(node) ? choiceShape(node, visible, shapes) : ownShape(node, visible, shapes);
  if (shapes.has(node.name))
    throw new GraphError(place, 'another node or an input has the same name; rename one.');
  visible.add(node.name);
  shapes.set(node.name, shape);
}

function ownShape(
  node: NetworkNode,
  visible: ReadonlySet<string>,
  shapes: ReadonlyMap<string, Shape>,
): Shape {
  for (const input of node.inputs) {
    if (visible.has(input)) continue;
    throw new GraphError(
      nodePlace(node.name),
      `its input ${show(input)} is neither an input nor a node before it, in its branch or around that.`,
    );
  }
  return outputShape(node, inputShapes(node, shapes));
}

function choiceShape(node: ChoiceNode, visible: ReadonlySet<string>, shapes: Map<string, Shape>): Shape {
  const place = nodePlace(node.name);
  let first: { readonly shape: Shape; readonly index: number } | null = null;
  for (const [index, branch] of node.branches.entries()) {
    if (branch === null) continue;
    const own = new Set(visible);
    for (const inner of branch.nodes) addShape(inner, own, shapes);
    const shape = own.has(branch.output) ? shapes.get(branch.output) : undefined;
    if (shape === undefined) {
      const output = show(branch.output);
      throw new GraphError(
        place,
        `the output ${output} of branch ${index} is no node that the branch can see.`,
      );
    }
    first ??= { shape, index };
    if (String(shape) !== String(first.shape)) {
      throw new GraphError(
        place,
        `the branches of the choice have different shapes (branch ${first.index}: ${shapeText(first.shape)}, branch ${index}: ${shapeText(shape)}): let all of them end in one shape.`,
      );
    }
  }
  if (first === null) throw new GraphError(place, 'the choice has no branches.');
  return first.shape;
}

function readSupernetwork(json: unknown): Supernetwork {
  const fields = new FieldReader(json, '', 'field');
  const format = fields.choice('format', ['duramen-supernetwork/1']);
  const inputs = readInputs(fields.value('inputs'));
  const nodes = readNodes(fields.value('nodes'), 'nodes');
  const outputs = readTexts(fields, 'outputs');
  fields.finish();
  return { format, inputs, nodes, outputs };
}

function readNodes(value: unknown, place: string): readonly SupernetworkNode[] {
  if (!Array.isArray(value)) throw new GraphError('', `${place} must be a list, not ${show(value)}.`);
  return value.map((node: unknown, i) => {
    const fields = new FieldReader(node, `${place}[${i}]`, 'field');
    const op = fields.text('op');
    return op === 'choice' || op === 'sumChoice'
      ? readChoice(fields, op, `${place}[${i}]`)
      : readNode(node, i);
  });
}

function readChoice(fields: FieldReader, op: ChoiceNode['op'], where: string): ChoiceNode {
  const name = fields.text('name');
  checkNodeName(name, where);
  const list: unknown = fields.value('branches');
  if (!Array.isArray(list) || list.length === 0)
    return fields.refuse('branches', 'must be a list of at least one branch', list);
  const branches = list.map((branch: unknown, i) =>
    branch === null ? null : readBranch(branch, `${where}.branches[${i}]`),
  );
  if (op === 'sumChoice') {
    const choices = readTexts(fields, 'choices');
    fields.finish();
    return { name, op, choices, branches };
  }
  const choice = fields.text('choice');
  const branchOf: unknown = fields.value('branchOf');
  const own = branches.flatMap((branch) => (branch === null ? [] : [branch]));
  if (!isBranchOf(branchOf, own.length) || own.length < branches.length)
    return fields.refuse('branchOf', 'must give each outcome the number of a branch, or null', branchOf);
  fields.finish();
  return { name, op, choice, branchOf, branches: own };
}

function readBranch(value: unknown, place: string): Branch {
  const fields = new FieldReader(value, place, 'field');
  const nodes = readNodes(fields.value('nodes'), `${place}.nodes`);
  const output = fields.text('output');
  fields.finish();
  return { nodes, output };
}

function isBranchOf(value: unknown, branches: number): value is readonly (number | null)[] {
  if (!Array.isArray(value)) return false;
  const numbers: readonly unknown[] = value;
  const isEach = Array.from({ length: branches }, (_none, i) => i).every((branch) =>
    numbers.includes(branch),
  );
  return (
    isEach &&
    numbers.every(
      (one) =>
        one === null || (typeof one === 'number' && Number.isInteger(one) && one >= 0 && one < branches),
    )
  );
}

function readTexts(fields: FieldReader, name: string): readonly string[] {
  const list: unknown = fields.value(name);
  const texts = Array.isArray(list) ? (list as readonly unknown[]) : [];
  const own = texts.flatMap((text) => (typeof text === 'string' ? [text] : []));
  if (own.length === 0 || own.length < texts.length || new Set(own).size < own.length)
    return fields.refuse(name, 'must be a list of different names', list);
  return own;
}

function refuseUnused({ inputs, nodes, outputs }: Supernetwork): void {
  const used = new Set(outputs);
  const visit = (list: readonly SupernetworkNode[]): void => {
    for (const node of [...list].reverse()) {
      if (!used.has(node.name))
        throw new GraphError(
          nodePlace(node.name),
          'no output of any child depends on it; remove it or connect it.',
        );
      if (!isChoice(node)) {
        for (const input of node.inputs) used.add(input);
        continue;
      }
      for (const branch of node.branches) {
        if (branch === null) continue;
        used.add(branch.output);
        visit(branch.nodes);
      }
    }
  };
  visit(nodes);
  const unused = Object.keys(inputs).find((name) => !used.has(name));
  if (unused !== undefined)
    throw new GraphError(
      `input ${JSON.stringify(unused)}`,
      'no output depends on it; remove it or connect it.',
    );
}
