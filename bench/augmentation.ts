import { fork, RandomStream, rngFromSeed } from '../foundation/numbers/index.js';
import { buildNetwork, CompiledStep, initialState, parseAugmentationPolicy } from '../training/index.js';
import type { AugmentationPolicyInput, DataSet } from '../training/index.js';

const images = 2048;
const batch = 128;
const warmUp = 10;

const policies: Readonly<Record<string, AugmentationPolicyInput>> = {
  none: null,
  cropAndFlip: 'cropAndFlip',
  cropFlipAndCutout: 'cropFlipAndCutout',
  autoAugmentCifar10: 'autoAugmentCifar10',
  trivialAugment: 'trivialAugment',
  mixup: { op: 'mixup' },
  cutmix: { op: 'cutmix' },
};

/**
 * Milliseconds that a policy adds to the training step of a plain convolutional network (16, 32, 64 channels), batch
 * 128, noise in the size of CIFAR-10's images. The policies take turns; one JSON line for each.
 * `--steps N` sets the steps of a turn (default 20), `--rounds N` the turns (default 5), `--threads N` those of
 * TensorFlow (default 1).
 */
export function run(benchArguments: readonly string[]): void {
  const steps = readCount(benchArguments, '--steps', 20);
  const rounds = readCount(benchArguments, '--rounds', 5);
  const threads = readCount(benchArguments, '--threads', 1);
  const data = noise();
  const network = buildNetwork({
    builder: 'plainConvolutional',
    widths: [16, 32, 64],
    inputShape: data.imageShape,
    classes: data.classes,
  });
  const cases = Object.entries(policies).map(([policy, input]) => {
    const start = performance.now();
    const step = new CompiledStep({
      network,
      data,
      optimizer: { kind: 'sgd', momentum: 0.9 },
      clips: false,
      augmentation: parseAugmentationPolicy(input, policy),
      threads,
    });
    step.write(initialState(network, step.stateSizes, 'augmentation'));
    trainOn(step, 1);
    const firstStep = performance.now() - start;
    for (let i = 2; i <= warmUp; i++) trainOn(step, i);
    return { policy, step, firstStep, wall: [] as number[], processor: [] as number[], done: warmUp };
  });
  for (let round = 0; round < rounds; round++) {
    for (const each of cases) {
      const processorBefore = process.cpuUsage();
      for (let i = 0; i < steps; i++) {
        const start = performance.now();
        trainOn(each.step, ++each.done);
        each.wall.push(performance.now() - start);
      }
      const { user, system } = process.cpuUsage(processorBefore);
      each.processor.push((user + system) / 1000 / steps);
    }
  }
  const [none] = cases;
  for (const { policy, step, firstStep, wall, processor } of cases) {
    const line = {
      bench: 'augmentation',
      policy,
      batch: batch,
      threads,
      stepMilliseconds: round(median(wall)),
      processorMilliseconds: round(median(processor)),
      addedProcessorMilliseconds: round(median(processor) - median(none?.processor ?? [])),
      relative: round(median(processor) / median(none?.processor ?? [])),
      firstStepMilliseconds: Math.round(firstStep),
    };
    console.log(JSON.stringify(line));
    step.close();
  }
}

function trainOn(step: CompiledStep, number: number): void {
  const start = (number * batch) % images;
  const indices = Int32Array.from({ length: batch }, (_none, i) => start + i);
  const numbers = { learningRate: 0.001, weightDecay: 0, labelSmoothing: 0, clipNorm: 0 };
  step.train(indices, numbers, number, (use) => fork(rngFromSeed('augmentation'), use).key[0] | 0);
}

function noise(): DataSet {
  const stream = new RandomStream(fork(rngFromSeed('augmentation'), 'images'));
  return {
    name: 'noise',
    hash: 'noise',
    classes: 10,
    imageShape: [32, 32, 3],
    images: Uint8Array.from({ length: images * 32 * 32 * 3 }, () => stream.below(256)),
    labels: Int32Array.from({ length: images }, () => stream.below(10)),
    testFrom: null,
    mean: 0.5,
    deviation: 0.25,
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}

function readCount(benchArguments: readonly string[], name: string, fallback: number): number {
  const at = benchArguments.indexOf(name);
  if (at < 0) return fallback;
  const count = Number(benchArguments[at + 1]);
  if (!Number.isInteger(count) || count < 1) throw new Error(`${name} needs a whole number of at least 1.`);
  return count;
}
