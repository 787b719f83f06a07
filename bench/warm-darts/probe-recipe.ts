import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { fork, hashJson, rngFromSeed, sha256Hex } from '../../foundation/numbers/index.js';
import { shippedProbes, type ProbeName } from '../../algorithms/contract/index.js';
import {
  CompiledStep,
  initialState,
  NetworkBuilder,
  splitData,
  train,
  type DataSet,
  type NetworkGraph,
  type TrainingState,
} from '../../training/index.js';
import { encodeProbe, type ProbeForm } from '../../training/task-embedding/index.js';
import { families, generatedTask } from './generated-tasks.js';

/** How a probe is trained: on generated tasks whose variants no other program of the project uses. */
export interface ProbeRecipe {
  readonly layers: readonly ProbeForm[];
  readonly size: number;
  readonly channels: number;
  /** Examples of each of the tasks, of which the classes of a family are those of one problem. */
  readonly examples: number;
  readonly variants: readonly string[];
  readonly epochs: number;
  readonly seed: string;
}

export const recipes: Readonly<Record<ProbeName, ProbeRecipe>> = {
  small: {
    layers: [
      { inputs: 1, outputs: 16, stride: 1 },
      { inputs: 16, outputs: 16, stride: 1 },
    ],
    ...{ size: 8, channels: 1, examples: 512, variants: ['probe-a', 'probe-b', 'probe-c'], epochs: 6 },
    seed: 'small probe',
  },
  large: {
    layers: [
      { inputs: 3, outputs: 16, stride: 1 },
      { inputs: 16, outputs: 32, stride: 2 },
      { inputs: 32, outputs: 64, stride: 2 },
    ],
    ...{ size: 16, channels: 3, examples: 512, variants: ['probe-a', 'probe-b', 'probe-c'], epochs: 6 },
    seed: 'large probe',
  },
};

/** The network of a probe with a head. */
export function probeNetwork(layers: readonly ProbeForm[], size: number, classes: number): NetworkGraph {
  const builder = new NetworkBuilder();
  const [first] = layers;
  let last = builder.input('input', [size, size, first?.inputs ?? 1]);
  layers.forEach(({ outputs, stride }, i) => {
    last = builder.node(`convolution${i}`, 'convolution', last, {
      ...{ filters: outputs, stride, bias: false },
      kernel: [3, 3],
    });
    last = builder.node(`normal${i}`, 'batchNormalization', last, {});
    last = builder.node(`active${i}`, 'activation', last, { function: 'relu' });
  });
  const pooled = builder.node('pooled', 'globalAveragePooling', last, {});
  return builder.build([builder.node('logits', 'dense', pooled, { units: classes })]);
}

/** All tasks of a recipe as one problem: the classes of each family, told apart from those of the others. */
export function probeData({ size, channels, examples, variants, seed }: ProbeRecipe): DataSet {
  const tasks = families.flatMap((family, place) =>
    variants.map((variant) => ({
      place,
      data: generatedTask({ family, variant, examples, size, channels }),
    })),
  );
  const [first] = tasks;
  if (first === undefined) throw new Error('A recipe has no task.');
  const perFamily = first.data.classes;
  return {
    name: seed,
    hash: hashJson(tasks.map(({ data }) => data.hash)),
    classes: perFamily * families.length,
    imageShape: [size, size, channels],
    labels: Int32Array.from(
      tasks.flatMap(({ place, data }) => [...data.labels].map((label) => place * perFamily + label)),
    ),
    images: Uint8Array.from(tasks.flatMap(({ data }) => [...data.images])),
    testFrom: null,
    ...{ mean: first.data.mean, deviation: first.data.deviation },
  };
}

/** Trains the probe of a recipe on one thread; its bytes and its accuracy on examples that it was not trained on. */
export async function trainProbe(
  recipe: ProbeRecipe,
): Promise<{ readonly bytes: Uint8Array; readonly accuracy: number }> {
  const data = probeData(recipe);
  const network = probeNetwork(recipe.layers, recipe.size, data.classes);
  const split = splitData(data, { validation: 450 }, fork(rngFromSeed(recipe.seed), 'split'));
  const optimizer = { kind: 'sgd', momentum: 0.9 } as const;
  const step = new CompiledStep({ network, data, optimizer, clips: false, decays: true, threads: 1 });
  const settings = {
    ...{ epochs: recipe.epochs, batchSize: 32, optimizer, learningRate: 0.05 },
    schedule: { kind: 'cosine' } as const,
    ...{ weightDecay: 3e-4, labelSmoothing: 0, clipNorm: null },
  };
  const initial = initialState(network, step.stateSizes, recipe.seed);
  const { accuracy } = await train({
    step,
    data,
    split,
    settings,
    seed: recipe.seed,
    initial,
    checkpoint: null,
  });
  const bytes = probeBytes(recipe.layers, step.read());
  step.close();
  return { bytes, accuracy };
}

/** The bytes of a probe with the numbers of a training's state. */
export function probeBytes(layers: readonly ProbeForm[], state: TrainingState): Uint8Array {
  const numbers = (name: string): Float32Array => {
    const found = state.get(name);
    if (found === undefined) throw new Error(`The network of the probe has no ${name}.`);
    return found;
  };
  return encodeProbe(
    layers.map((form, i) => ({
      ...form,
      kernel: numbers(`convolution${i}/kernel`),
      gamma: numbers(`normal${i}/scale`),
      beta: numbers(`normal${i}/offset`),
      mean: numbers(`normal${i}/movingMean`),
      variance: numbers(`normal${i}/movingVariance`),
    })),
  );
}

/** Trains the shipped probes anew into a folder, by default over themselves; whether they came out the same. */
export async function trainShippedProbes(
  folder = fileURLToPath(new URL('../../setup/probes', import.meta.url)),
): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  const shipped: readonly string[] = Object.values(shippedProbes).map(({ hash }) => hash);
  let isSame = true;
  for (const [name, recipe] of Object.entries(recipes)) {
    const { bytes, accuracy } = await trainProbe(recipe);
    const hash = sha256Hex(bytes);
    const isShipped = shipped.includes(hash);
    isSame &&= isShipped;
    await writeFile(path.join(folder, `${name}.probe`), bytes);
    console.log(JSON.stringify({ probe: name, hash, bytes: bytes.length, accuracy, isShipped }));
  }
  return isSame;
}
