import { FieldReader, GraphError, nodePlace, shapeText, show } from '../ground/index.js';
import type { Shape } from '../ground/index.js';
import { checkNodeName, nodeLimit, readInputs, readNode } from '../network-graph/graph-validation.js';
import type { NetworkNode } from '../network-graph/network-graph.js';
import { inputShapes, outputShape } from '../network-graph/shape-inference.js';
import { checkChoices } from './choice-list.js';
import { choicesIn } from './condition.js';
import type { OutcomeCondition, TermCondition } from './condition.js';
import { checkPresence } from './presence.js';
import { branchesOf, isChoice, neededOf, nodesWithConditions } from './supernetwork.js';
import type {
  Branch,
  ChoiceNode,
  ReadChoice,
  Supernetwork,
  SupernetworkNode,
  Term,
  TermSum,
} from './supernetwork.js';

/**
 * Makes a supernetwork of JSON, with every attribute filled in. Throws `GraphError` for what `parseNetworkGraph` refuses,
 * for nodes that stand before what they read, and for choices whose branches do not fit: branches of several shapes,
 * outcomes without a branch, decisions that nodes read in different ways, and sums that a child without their terms reads.
 */
export function parseSupernetwork(json: unknown): Supernetwork {
  const supernetwork = readSupernetwork(json);
  if ([...nodesWithConditions(supernetwork.nodes)].length > nodeLimit)
    throw new GraphError('', `the supernetwork has more than ${nodeLimit} nodes.`);
  supernetworkShapes(supernetwork);
  checkChoices(supernetwork);
  checkPresence(supernetwork);
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
  const branches = node.op === 'termSum' ? node.terms : node.branches;
  for (const [index, branch] of branches.entries()) {
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
    if (op === 'termSum') return readTermSum(fields, `${place}[${i}]`);
    return op === 'choice' || op === 'sumChoice'
      ? readChoice(fields, op, `${place}[${i}]`)
      : readNode(node, i);
  });
}

function readChoice(fields: FieldReader, op: 'choice' | 'sumChoice', where: string): ChoiceNode {
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

function readTermSum(fields: FieldReader, where: string): TermSum {
  const name = fields.text('name');
  checkNodeName(name, where);
  const choices = readList(fields, 'choices').map((choice, i) =>
    readChoiceRead(choice, `${where}.choices[${i}]`),
  );
  const terms = readList(fields, 'terms').map((term, i) => readTerm(term, choices, `${where}.terms[${i}]`));
  if (terms.length === 0) fields.refuse('terms', 'must be a list of at least one term', terms);
  if (new Set(choices.map(({ choice }) => choice)).size < choices.length)
    fields.refuse('choices', 'must be a list of different choices', choices);
  fields.finish();
  return { name, op: 'termSum', choices, terms };
}

function readChoiceRead(value: unknown, place: string): ReadChoice {
  const fields = new FieldReader(value, place, 'field');
  const choice = fields.text('choice');
  const outcomes = fields.count('outcomes');
  const allowed = readOutcomes(fields, 'allowed', outcomes);
  fields.finish();
  return { choice, outcomes, allowed };
}

function readTerm(value: unknown, choices: readonly ReadChoice[], place: string): Term {
  const fields = new FieldReader(value, place, 'field');
  const nodes = readNodes(fields.value('nodes'), `${place}.nodes`);
  const output = fields.text('output');
  const condition = fields.value('when');
  const when = condition === null ? null : readTermCondition(condition, choices, `${place}.when`);
  fields.finish();
  return { nodes, output, when };
}

function readTermCondition(value: unknown, choices: readonly ReadChoice[], place: string): TermCondition {
  const fields = new FieldReader(value, place, 'field');
  const kind = fields.choice('kind', ['outcome', 'anyOf', 'noneOf']);
  if (kind === 'outcome') return readOutcomeCondition(fields, choices);
  const of = readList(fields, 'of').map((one, i) => {
    const own = new FieldReader(one, `${place}.of[${i}]`, 'field');
    own.choice('kind', ['outcome']);
    return readOutcomeCondition(own, choices);
  });
  fields.finish();
  const condition = { kind, of };
  if (of.length === 0 || new Set(choicesIn(condition)).size < of.length)
    fields.refuse('of', 'must be a list of conditions on different choices', of);
  return condition;
}

function readOutcomeCondition(fields: FieldReader, choices: readonly ReadChoice[]): OutcomeCondition {
  const choice = fields.choice(
    'choice',
    choices.map((own) => own.choice),
  );
  const count = choices.find((own) => own.choice === choice)?.outcomes ?? 0;
  const outcomes = readOutcomes(fields, 'outcomes', count);
  fields.finish();
  return { kind: 'outcome', choice, outcomes };
}

/** Different outcomes of a decision that has so many. */
function readOutcomes(fields: FieldReader, name: string, count: number): readonly number[] {
  const list = readList(fields, name);
  const own = list.flatMap((outcome) =>
    typeof outcome === 'number' && Number.isInteger(outcome) && outcome >= 0 && outcome < count
      ? [outcome]
      : [],
  );
  if (own.length === 0 || own.length < list.length || new Set(own).size < own.length)
    return fields.refuse(name, `must be a list of different outcomes from 0 to ${count - 1}`, list);
  return own;
}

function readList(fields: FieldReader, name: string): readonly unknown[] {
  const list: unknown = fields.value(name);
  return Array.isArray(list) ? list : fields.refuse(name, 'must be a list', list);
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
      for (const branch of branchesOf(node)) {
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
