import { describe, expect, test } from 'vitest';
import { acceleratorCosts, AcceleratorModel, type Accelerator } from '../../hardware/index.js';
import type { Json } from '../../foundation/json/index.js';
import { sha256Hex } from '../../foundation/numbers/index.js';
import {
  augmentationOperationNames,
  buildNetwork,
  canonicalGraph,
  decodeCheckpoint,
  encodeCheckpoint,
  encodeModel,
  graphHash,
  graphSummary,
  hashState,
  initialState,
  learningRateAt,
  nasBench201Cost,
  networkCost,
  parseAugmentationPolicy,
  readyPolicyNames,
  simplifyGraph,
  type NetworkGraph,
  type Optimizer,
  type Schedule,
} from '../../training/index.js';
import { fedNumbers } from '../../training/step/optimizers.js';
import { StepGraph, type StepForm } from '../../training/step/step-graph.js';
import { encodeSavedModel } from '../../training/tensorflow-graph/encode-graph.js';
import { networks as operations } from '../training/agreement.js';
import { networkOf, patterns } from '../support/training-laboratory.js';
import { GoldenRecord, hashOf } from './golden.js';
import { trainedNetworks } from './trained-networks.js';

const golden = GoldenRecord.open('training-graphs');

const accelerator: Accelerator = {
  rows: 16,
  columns: 8,
  dataflow: 'weightStationary',
  inputScratchpad: 64,
  weightScratchpad: 128,
  outputScratchpad: 32,
  bandwidth: 8,
  precision: 'fp16',
};

const data = patterns(40, [16, 16, 3]);
const sgd: Optimizer = { kind: 'sgd' };
const optimizers: Readonly<Record<string, Optimizer>> = {
  sgd,
  momentum: { kind: 'sgd', momentum: 0.9 },
  nesterov: { kind: 'sgd', momentum: 0.9, nesterov: true },
  adam: { kind: 'adam' },
  adamw: { kind: 'adamw', beta1: 0.8, epsilon: 1e-6 },
};

/** SHA-256 of a step's graph, how many nodes it has, and the sizes of its state in order. */
function stepOf(
  network: NetworkGraph,
  form: StepForm = { clips: false },
  optimizer: Optimizer = sgd,
  augmentation: Json = null,
  images = data,
): object {
  const step = new StepGraph(network, images, optimizer, form, parseAugmentationPolicy(augmentation));
  step.write();
  return {
    bytes: sha256Hex(encodeSavedModel(step.graph.nodes)),
    nodes: step.graph.nodes.length,
    packs: hashOf(step.packs.map(({ variable, parts }) => [variable.name, parts])),
    stepsPerCall: step.stepsPerCall,
    uses: hashOf(step.uses),
  };
}

const built: Readonly<Record<string, NetworkGraph>> = Object.fromEntries(
  Object.entries(trainedNetworks).map(([name, parameters]) => [name, buildNetwork(parameters)]),
);

describe.each(Object.entries(built))('%s', (name, network) => {
  const images = network.inputs['input']?.shape[0] === 28 ? patterns(40, [28, 28, 1], 10) : data;

  test('hashes and costs', () => {
    const model = new AcceleratorModel(accelerator).network(network);
    golden.check(`${name}: network`, {
      graph: graphHash(network),
      text: sha256Hex(JSON.stringify(network)),
      canonical: sha256Hex(JSON.stringify(canonicalGraph(network))),
      simplified: sha256Hex(JSON.stringify(simplifyGraph(network))),
      parameters: networkCost(network).parameters,
      multiplyAdds: networkCost(network).multiplyAdds,
      nodes: hashOf(networkCost(network).nodes),
      table: nasBench201Cost(network),
      summary: sha256Hex(graphSummary(network)),
      accelerator: acceleratorCosts(network, { accelerator }, {}),
      acceleratorNodes: hashOf(model),
    });
  });

  test('the graph of a training step', () => {
    golden.check(`${name}: steps`, {
      'one part': stepOf(network, { clips: false }, sgd, null, images),
      'two parts': stepOf(network, { clips: false, parts: 2 }, sgd, null, images),
      'everything, one part': stepOf(network, { clips: true }, { kind: 'adam' }, 'cropAndFlip', images),
      'everything, two parts': stepOf(
        network,
        { clips: true, parts: 2 },
        { kind: 'adamw' },
        'cropAndFlip',
        images,
      ),
      simplified: stepOf(
        simplifyGraph(network),
        { clips: false, decays: false, smooths: false, parts: 2 },
        { kind: 'sgd', momentum: 0.9 },
        null,
        images,
      ),
    });
  });

  test('the first state, its checkpoint and its saved model', () => {
    const step = new StepGraph(network, images, { kind: 'adam' }, { clips: false });
    step.write();
    const sizes = new Map(
      step.packs.flatMap(({ parts }) =>
        parts.map((part) => [part.name, part.sizes.reduce((product, size) => product * size, 1)] as const),
      ),
    );
    const state = initialState(network, sizes, '0123456789abcdef');
    const bytes = encodeCheckpoint({
      content: 'ab'.repeat(32),
      seed: '0123456789abcdef',
      step: 12,
      lossSum: 3.5,
      kinds: ['some processor'],
      state,
    });
    golden.check(`${name}: state`, {
      checkpoint: sha256Hex(bytes),
      model: sha256Hex(encodeModel(network, state, images)),
      read: hashState(decodeCheckpoint(bytes).state),
      state: hashState(state),
      names: hashOf([...sizes]),
    });
  });
});

describe('what belongs to a step beside the network', () => {
  const network = buildNetwork(trainedNetworks['plainConvolutional'] ?? null);

  test.each(Object.entries(optimizers))('the optimiser %s', (name, optimizer) => {
    golden.check(`optimiser ${name}`, {
      fed: [1, 2, 1000].map((step) => [
        ...fedNumbers(
          optimizer,
          { learningRate: 0.1, weightDecay: 1e-4, labelSmoothing: 0.1, clipNorm: 1 },
          step,
        ),
      ]),
      whole: stepOf(network, { clips: false }, optimizer),
      clipping: stepOf(network, { clips: true, parts: 2 }, optimizer),
      bare: stepOf(network, { clips: false, decays: false, smooths: false }, optimizer),
    });
  });

  test.each(augmentationOperationNames)('the augmentation %s', (op) => {
    golden.check(`augmentation ${op}`, {
      policy: hashOf(parseAugmentationPolicy([{ op }])),
      whole: stepOf(network, { clips: false }, sgd, [{ op, probability: 0.5 }]),
    });
  });

  test.each(readyPolicyNames)('the policy %s', (policy) => {
    golden.check(`policy ${policy}`, {
      policy: hashOf(parseAugmentationPolicy(policy)),
      // The nodes of one part are those of the other.
      divided: stepOf(network, { clips: false, parts: 2 }, sgd, policy),
    });
  });

  test('policies with alternatives, signs and mixtures', () => {
    golden.check('policies', {
      alternatives: stepOf(network, { clips: false, parts: 2 }, sgd, [
        {
          oneOf: [
            [{ op: 'rotate', level: [0.1, 0.9], steps: 5, randomSign: true }, { op: 'invert' }],
            { op: 'cutout', magnitude: 4, unit: 'pixels', fill: 'mean' },
          ],
          weights: [1, 3],
        },
        { op: 'cutmix', alpha: 0.4 },
      ]),
      groups: stepOf(network, { clips: false }, sgd, {
        groups: {
          shear: true,
          translate: true,
          rotate: false,
          colour: true,
          tone: true,
          invert: false,
          identity: true,
        },
        maximumStrength: 0.6,
        probability: 0.75,
        cutout: 0.2,
        horizontalFlip: true,
      }),
    });
  });
});

test.each(Object.entries(operations))('the operations of a network: %s', (name, nodes) => {
  const network = networkOf(nodes, [8, 8, 2]);
  const images = patterns(40, [8, 8, 2]);
  golden.check(`operations: ${name}`, {
    graph: graphHash(network),
    cost: [networkCost(network).parameters, networkCost(network).multiplyAdds],
    whole: stepOf(network, { clips: false }, sgd, null, images),
    divided: stepOf(network, { clips: true, parts: 3 }, { kind: 'adam' }, null, images),
  });
});

test('learning rates of schedules', () => {
  const schedules: Readonly<Record<string, Schedule>> = {
    constant: { kind: 'constant', warmUpSteps: 5 },
    cosine: { kind: 'cosine', final: 0.1 },
    step: { kind: 'step', at: [0.3, 0.6], factor: 0.2 },
  };
  const steps = [1, 3, 31, 61, 100];
  for (const [name, schedule] of Object.entries(schedules)) {
    golden.check(
      `schedule ${name}`,
      steps.map((step) => learningRateAt(schedule, 0.1, step, 100)),
    );
  }
});

test('every record has a test', () => {
  expect(golden.unchecked).toEqual([]);
});
