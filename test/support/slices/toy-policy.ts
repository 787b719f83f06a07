import {
  AlgorithmError,
  addAlgorithm,
  register,
  scoreOf,
  type Algorithm,
  type AlgorithmReference,
  type SearchProblem,
  type StateValue,
} from '../../../algorithms/index.js';
import { bytesOfNumbers, numbersOfBytes } from '../../../algorithms/contract/number-bytes.js';
import { largestGenomeBytes } from '../../../algorithms/contract/genome-bytes.js';
import {
  readBulkName,
  readFields,
  readGenome,
  readInteger,
  readList,
  readNumber,
  readScore,
} from '../../../algorithms/contract/state-shape.js';
import {
  distributionOf,
  drawGenome,
  mostProbableGenome,
} from '../../../algorithms/policy-gradient/categorical-policy.js';
import { readDecisions } from '../../../algorithms/policy-gradient/decisions.js';
import { initialLogits, type HeadTree } from '../../../algorithms/policy-gradient/heads.js';
import { addGradient, policyOf } from '../../../algorithms/reinforce/policy.js';
import { fork, RandomStream } from '../../../foundation/numbers/index.js';
import type { Genome, View } from '../../../search-spaces/index.js';

/** How a toy policy learns. */
export type ToyPolicyConfig = {
  /** Architectures between two updates. */
  readonly batchSize: number;
  readonly learningRate: number;
  /** Rewards above it are refused. */
  readonly most: number;
};

export type ToyPolicyState = {
  /** Logits in the artifact store; null before the first update. */
  readonly policy: string | null;
  readonly mostProbable: Genome;
  readonly batch: readonly Genome[];
  /** Index and reward of each proposal of the batch; null where it is not known. */
  readonly indices: readonly number[];
  readonly rewards: readonly (number | null)[];
  readonly told: number;
  readonly updates: number;
  readonly entropy: number;
};

type Problem = SearchProblem<ToyPolicyConfig>;

const name = 'toyPolicy';
const version = 1;

/** The smallest algorithm with a policy: each update takes a step of plain REINFORCE and draws the next batch. */
export function toyPolicy(config: Partial<ToyPolicyConfig> = {}): AlgorithmReference {
  return { name, version, config: { batchSize: 4, learningRate: 0.5, most: 1_000_000, ...config } };
}

export const toyPolicyAlgorithm: Algorithm<ToyPolicyConfig, ToyPolicyState> = {
  name,
  version,
  orders: ['in-order', 'as-completed'],
  objectives: 'single',
  configure(config) {
    const fields = readFields(config as StateValue, name, ['batchSize', 'learningRate', 'most']);
    return {
      batchSize: readInteger(fields.batchSize, 'batchSize'),
      learningRate: readNumber(fields.learningRate, 'learningRate'),
      most: readNumber(fields.most, 'most'),
    };
  },
  maximumStateBytes: ({ view, config }) => 512 + (config.batchSize + 1) * (24 + largestGenomeBytes(view)),
  init: ({ view }) => ({
    policy: null,
    mostProbable: mostProbableGenome(treeOf(view), initialLogits(treeOf(view))),
    batch: [],
    indices: [],
    rewards: [],
    told: 0,
    updates: 0,
    entropy: 0,
  }),
  propose(_problem, state, index) {
    const { batch, indices, rewards, told, policy, updates } = state;
    if (told === batch.length) {
      return {
        state,
        action: { kind: 'update', request: { bulk: policy, input: { batch, rewards, updates } } },
      };
    }
    const genome = batch[indices.length];
    if (genome === undefined) return { state, action: { kind: 'wait' } };
    return {
      state: { ...state, indices: [...indices, index], rewards: [...rewards, null] },
      action: { kind: 'trial', proposal: { genome } },
    };
  },
  tell: ({ metrics }, state, told) =>
    told.reduce((before, { trial, outcome }) => {
      const place = before.indices.indexOf(trial.index);
      if (place < 0) return before;
      return {
        ...before,
        rewards: before.rewards.with(place, scoreOf(metrics, outcome)),
        told: before.told + 1,
      };
    }, state),
  drawer({ view }, bytes) {
    const logits = logitsOf(view, bytes);
    return (rng) => drawGenome(treeOf(view), logits, new RandomStream(rng));
  },
  policy: (_problem, { policy, mostProbable }) => (policy === null ? null : { bulk: policy, mostProbable }),
  update: {
    compute(problem, bulk, input) {
      const { view, config, rng } = problem;
      const tree = treeOf(view);
      const fields = readFields(input, 'input', ['batch', 'rewards', 'updates']);
      const batch = readBatch(problem, fields.batch, 'input.batch');
      const rewards = readList(fields.rewards, 'input.rewards', config.batchSize, readScore);
      const updates = readInteger(fields.updates, 'input.updates');
      const logits = bulk === null ? initialLogits(tree) : logitsOf(view, bulk);
      moved(problem, tree, logits, batch, rewards);
      const root = fork(rng, `batch:${updates}`);
      const drawn = Array.from({ length: config.batchSize }, (_, place) =>
        drawGenome(tree, logits, new RandomStream(fork(root, place))),
      );
      const entropy = tree.heads.reduce(
        (sum, head) => sum + distributionOf(head, logits, () => true).entropy,
        0,
      );
      return {
        bulk: bytesOfNumbers(logits),
        output: { drawn, entropy: entropy + 0, mostProbable: mostProbableGenome(tree, logits) },
      };
    },
    apply(problem, state, { bulk, output }) {
      const fields = readFields(output, 'output', ['drawn', 'entropy', 'mostProbable']);
      return {
        policy: bulk,
        mostProbable: readGenome(problem.view, fields.mostProbable, 'output.mostProbable'),
        batch: readBatch(problem, fields.drawn, 'output.drawn'),
        indices: [],
        rewards: [],
        told: 0,
        updates: state.updates + 1,
        entropy: readNumber(fields.entropy, 'output.entropy'),
      };
    },
  },
  describe: ({ view }, { updates, entropy }) => ({
    figures: [
      { name: 'update', value: updates },
      { name: 'entropy', value: updates === 0 ? null : entropy },
      { name: 'largest entropy', value: treeOf(view).heads.reduce((sum, { of }) => sum + Math.log2(of), 0) },
      { name: 'KL', value: updates < 2 ? null : 1 / updates },
    ],
    groups: [],
    warning: null,
  }),
  readState(problem, value) {
    const { view, config } = problem;
    const fields = readFields(value, 'state', [
      ...(['policy', 'mostProbable', 'batch', 'indices', 'rewards', 'told', 'updates', 'entropy'] as const),
    ]);
    return {
      policy: readBulkName(fields.policy ?? null),
      mostProbable: readGenome(view, fields.mostProbable, 'state.mostProbable'),
      batch: readBatch(problem, fields.batch, 'state.batch'),
      indices: readList(fields.indices, 'state.indices', config.batchSize, readInteger),
      rewards: readList(fields.rewards, 'state.rewards', config.batchSize, readScore),
      told: readInteger(fields.told, 'state.told'),
      updates: readInteger(fields.updates, 'state.updates'),
      entropy: readNumber(fields.entropy, 'state.entropy'),
    };
  },
};

/** Lets definitions of this process name the toy; once a process. */
export function addToyPolicy(): void {
  addAlgorithm(register(toyPolicyAlgorithm));
}

function treeOf(view: View): HeadTree {
  return policyOf(view, 4);
}

function logitsOf(view: View, bytes: Uint8Array): Float64Array {
  return numbersOfBytes(bytes, treeOf(view).size, 'the logits');
}

function readBatch(
  { view, config }: Problem,
  value: StateValue | undefined,
  place: string,
): readonly Genome[] {
  return readList(value, place, config.batchSize, (genome, at) => readGenome(view, genome, at));
}

/** Moves the logits by one step along the gradient; a reward that is not known counts as the least. */
function moved(
  { config }: Problem,
  tree: HeadTree,
  logits: Float64Array,
  batch: readonly Genome[],
  rewards: readonly (number | null)[],
): void {
  const known = rewards.flatMap((reward) => (reward === null ? [] : [reward]));
  const odd = known.find((reward) => reward > config.most);
  if (odd !== undefined)
    throw new AlgorithmError(`a reward of ${odd} is above ${config.most}: measure accuracies from 0 to 1`);
  if (known.length === 0) return;
  const least = Math.min(...known);
  const mean = known.reduce((sum, reward) => sum + reward / known.length, 0);
  const gradient = new Float64Array(tree.size);
  for (const [place, genome] of batch.entries()) {
    readDecisions(tree, genome);
    const advantage = ((rewards[place] ?? least) - mean) / batch.length;
    addGradient(tree, logits, genome, advantage, 0, gradient);
  }
  for (const [place, slope] of gradient.entries())
    logits[place] = (logits[place] ?? 0) + config.learningRate * slope;
}
