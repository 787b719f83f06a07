/*
 * The worked example of a new operation (docs/extending.md): `square`, which squares each number and adds a bias per
 * channel. It needs its operation object, its TensorFlow writer and an entry in the two lists, which are replaced here
 * by lists with one entry more. All else (reading, shapes, costs, drawings, the accelerator, training) follows.
 */
import { afterAll, expect, test, vi } from 'vitest';
import { networkWork } from '../../hardware/index.js';
import { networkParameters } from '../../networks/index.js';
import {
  graphDrawing,
  graphSummary,
  networkCost,
  nodeLabel,
  parseNetworkGraph,
  simplifyGraph,
} from '../../networks/network-graph/index.js';
import type { NetworkGraph } from '../../networks/network-graph/index.js';
import { operationKinds } from '../../networks/operations/index.js';
import type { OperationKind } from '../../networks/operations/index.js';
import type * as OperationList from '../../networks/operations/operation-list.js';
import { operationWriters } from '../../training/operations/index.js';
import type * as OperationWriters from '../../training/operations/operation-writers.js';
import type { CompiledStep } from '../../training/step/compiled-step.js';
import { compiled, networkOf, patterns, plainNumbers, randomState } from '../support/training-laboratory.js';

interface SquareAttributes {
  readonly bias: boolean;
}

// 1. networks/operations/square.ts and 2. its entry in networks/operations/operation-list.ts
vi.mock('../../networks/operations/operation-list.js', async (importOriginal) => {
  const original = await importOriginal<typeof OperationList>();
  const { elementCount } = await import('../../networks/ground/index.js');
  const { biasOf } = await import('../../networks/operations/network-parameter.js');
  const { onlyInput } = await import('../../networks/operations/node-inputs.js');
  const { elementwiseWork } = await import('../../networks/operations/operation-work.js');
  const square: OperationKind<SquareAttributes> = {
    readAttributes: (fields) => ({ bias: fields.flag('bias', true) }),
    outputShape: onlyInput,
    parameters: (node, inputs) => biasOf(node, onlyInput(node, inputs).at(-1) ?? 1),
    multiplyAdds: (_node, _inputs, output) => elementCount(output),
    acceleratorWork: elementwiseWork,
    keepsZeros: ({ bias }) => !bias,
    label: ({ bias }) => (bias ? 'square with bias' : 'square'),
    family: 'weights',
  };
  return { ...original, operationKinds: { ...original.operationKinds, square } };
});

// 3. its entry in training/operations/operation-writers.ts
vi.mock('../../training/operations/operation-writers.js', async (importOriginal) => {
  const original = await importOriginal<typeof OperationWriters>();
  const { biased, eachPart } = await import('../../training/operations/operation-writer.js');
  const { product } = await import('../../training/tensorflow-graph/basic-operations.js');
  // The union of operations does not know `square`; a dense node has a bias, too.
  const square = eachPart<'dense'>((written, [input]) =>
    biased(written, product(written.tape, input, input)),
  );
  return { ...original, operationWriters: { ...original.operationWriters, square } };
});

const steps: CompiledStep[] = [];
afterAll(() => steps.forEach((step) => step.close()));

function squared(attributes: object): NetworkGraph {
  const nodes = [
    { name: 'pixels', op: 'flatten', inputs: ['input'] },
    { name: 'hidden', op: 'dense', inputs: ['pixels'], attributes: { units: 6 } },
    { name: 'squares', op: 'square', inputs: ['hidden'], attributes },
    { name: 'logits', op: 'dense', inputs: ['squares'], attributes: { units: 4 } },
  ];
  return networkOf(nodes);
}

test('a graph has it: attributes, shape, costs and parameters', () => {
  const network = squared({});
  const node = networkCost(network).nodes.find((each) => each.node.name === 'squares');
  expect(node).toMatchObject({ shape: [6], parameters: 6, multiplyAdds: 6 });
  expect(node?.node.attributes).toEqual({ bias: true });
  expect(networkParameters(network).map(({ name }) => name)).toContain('squares/bias');
  expect(() => squared({ bias: 3 })).toThrow(
    'node "squares": the attribute "bias" must be true or false, not 3.',
  );
  expect(() => squared({ power: 3 })).toThrow('unknown attribute "power"; known are bias.');
});

test('it is labelled and drawn', () => {
  const network = squared({});
  expect(network.nodes.map((node) => nodeLabel(node))).toContain('square with bias');
  expect(graphSummary(network)).toContain('square with bias');
  expect(graphDrawing(network)).toContain('square with bias');
});

test('simplification knows what it makes of zeros', () => {
  const nodes = (bias: boolean): readonly object[] => [
    { name: 'none', op: 'zero', inputs: ['input'] },
    { name: 'squares', op: 'square', inputs: ['none'], attributes: { bias } },
    { name: 'sum', op: 'add', inputs: ['input', 'squares'] },
  ];
  const simplified = (bias: boolean): readonly string[] =>
    simplifyGraph(
      parseNetworkGraph({
        format: 'duramen-network/1',
        inputs: { input: { shape: [4] } },
        nodes: nodes(bias),
        outputs: ['sum'],
      }),
    ).nodes.map(({ name }) => name);
  expect(simplified(true)).toEqual(['none', 'squares', 'sum']);
  expect(simplified(false)).toEqual(['sum']);
});

test('an accelerator costs it', () => {
  const work = networkWork(squared({}), 5).find(({ node }) => node.name === 'squares')?.work;
  expect(work).toEqual([{ kind: 'elementwise', wordsIn: 30, wordsOut: 30 }]);
});

test('it is trained, its bias too', () => {
  const data = patterns(40);
  const step = compiled(squared({}), data);
  steps.push(step);
  step.write(randomState(step));
  const before = step.read().get('squares/bias');
  const all = Int32Array.from({ length: 40 }, (_none, i) => i);
  const losses = Array.from({ length: 30 }, (_none, i) =>
    step.train(all, { ...plainNumbers, learningRate: 0.01 }, i + 1, () => 1),
  );
  expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 2);
  expect(step.read().get('squares/bias')).not.toEqual(before);
});

test('both lists have the same operations', () => {
  expect(Object.keys(operationWriters).sort()).toEqual(Object.keys(operationKinds).sort());
});
