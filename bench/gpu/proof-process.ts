/*
 * The process that tries things on a device for the proof: it answers each line of JSON, a request, with a line of JSON.
 * `CUDA_VISIBLE_DEVICES` says what it sees.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { errorText, unreachable } from '../../foundation/errors/index.js';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import {
  buildNetwork,
  CompiledStep,
  decodeCheckpoint,
  encodeCheckpoint,
  hashState,
  initialState,
  simplifyGraph,
  splitData,
  train,
  TrainingError,
} from '../../training/index.js';
import type { Optimizer, SeedOf, StepNumbers, TrainingState, TrainingStep } from '../../training/index.js';
import { loadTensorflow, tensorflowKind } from '../../training/tensorflow.js';
import { patterns } from '../../test/support/training-laboratory.js';
import { proofCase } from './cases.js';
import type { ProofCase } from './cases.js';
import type { ProofAnswer, ProofRequest } from './proof-messages.js';

// On a GPU these kernels are taken anyway; a rehearsal on processors takes them, too.
const computation = { threads: 1, mode: 'repeatable', kernels: 'deterministicOnGpus' } as const;
const data = patterns(360, [16, 16, 3]);
const optimizers: Readonly<Record<ProofCase['optimizer'], Optimizer>> = {
  sgd: { kind: 'sgd', momentum: 0.9, nesterov: true },
  adamw: { kind: 'adamw' },
};
const numbers: StepNumbers = { learningRate: 0.02, weightDecay: 0.01, labelSmoothing: 0.1, clipNorm: 1 };
const batch = Int32Array.from({ length: 32 }, (_none, i) => i);

function answer(message: ProofAnswer): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function compiled({ network, augmentation, optimizer }: ProofCase): {
  readonly step: CompiledStep;
  readonly initial: TrainingState;
} {
  const simple = simplifyGraph(network);
  const options = { network: simple, data, optimizer: optimizers[optimizer], augmentation, clips: true };
  const step = new CompiledStep({ ...options, ...computation });
  return { step, initial: initialState(simple, step.stateSizes, 'proof') };
}

/** Losses of so many steps on one batch, the loss of an evaluation, and the hash of the state. */
function steps(name: string, count: number): ProofAnswer {
  const { step, initial } = compiled(proofCase(name));
  try {
    step.write(initial);
    const losses = Array.from({ length: count }, (_none, i) => step.train(batch, numbers, i + 1, () => 7));
    const evaluated = step.evaluate(batch).loss / batch.length;
    return { kind: 'steps', losses, evaluated, hash: hashState(step.read()) };
  } finally {
    step.close();
  }
}

/** A step that tells of each call. */
class ToldStep implements TrainingStep {
  readonly stateSizes: CompiledStep['stateSizes'];

  constructor(private readonly step: CompiledStep) {
    this.stateSizes = step.stateSizes;
  }

  train(indices: Int32Array, told: StepNumbers, number: number, seeds: SeedOf): number {
    const loss = this.step.train(indices, told, number, seeds);
    answer({ kind: 'step', number });
    return loss;
  }

  evaluate(indices: Int32Array): ReturnType<CompiledStep['evaluate']> {
    return this.step.evaluate(indices);
  }

  read(): TrainingState {
    return this.step.read();
  }

  write(state: TrainingState): void {
    this.step.write(state);
  }

  close(): void {
    this.step.close();
  }
}

/** Trains as `trainClassifier` does, from the checkpoint in the folder if there is one, and tells of every step. */
async function training(name: string, epochs: number, folder: string): Promise<ProofAnswer> {
  const { step, initial } = compiled(proofCase(name));
  const file = path.join(folder, 'checkpoint');
  const checkpoint = existsSync(file) ? decodeCheckpoint(readFileSync(file)) : null;
  await train({
    step: new ToldStep(step),
    data,
    split: splitData(data, { validation: 40 }, rngFromSeed(0)),
    settings: {
      ...{ epochs, batchSize: 64, optimizer: optimizers[proofCase(name).optimizer] },
      ...{ learningRate: 0.01, schedule: { kind: 'cosine', warmUpSteps: 3 } },
      ...{ weightDecay: 0.01, labelSmoothing: 0.1, clipNorm: 1 },
    },
    seed: 'proof',
    initial,
    checkpoint,
    observer: {
      checkpoint: (saved) => {
        writeFileSync(`${file}.new`, encodeCheckpoint({ ...saved, content: name, kinds: [] }));
        renameSync(`${file}.new`, file);
        return Promise.resolve();
      },
    },
  });
  const hash = hashState(step.read());
  step.close();
  return { kind: 'trained', hash };
}

/** A step whose first tensor is larger than any memory, then one that is small. */
function memory(): ProofAnswer {
  const tiny = patterns(8, [2, 2, 1]);
  const network = buildNetwork({
    ...{ builder: 'plainConvolutional', inputShape: [2, 2, 1], classes: 4 },
    ...{ widths: [16_384], kernel: 1, batchNormalization: false, reduction: 'stride' },
  });
  const step = new CompiledStep({
    network,
    data: tiny,
    optimizer: { kind: 'sgd' },
    clips: false,
    ...computation,
  });
  step.write(initialState(network, step.stateSizes, 'proof'));
  const still = { ...numbers, learningRate: 0 };
  const lossOf = (examples: number): number => step.train(new Int32Array(examples), still, 1, () => 7);
  const before = lossOf(4);
  try {
    const loss = lossOf(32_000_000);
    return {
      kind: 'memory',
      failureClass: null,
      message: `The step ran, with the loss ${loss}.`,
      unharmed: true,
    };
  } catch (error) {
    const failureClass = error instanceof TrainingError ? error.failureClass : null;
    return { kind: 'memory', failureClass, message: errorText(error), unharmed: lossOf(4) === before };
  } finally {
    step.close();
  }
}

async function answerTo(request: ProofRequest): Promise<ProofAnswer> {
  switch (request.kind) {
    case 'load': {
      const binding = loadTensorflow(computation);
      return { kind: 'loaded', onGpu: binding.isUsingGpuDevice(), computation: tensorflowKind(computation) };
    }
    case 'steps':
      return steps(request.name, request.count);
    case 'training':
      return training(request.name, request.epochs, request.folder);
    case 'memory':
      return memory();
    default:
      return unreachable(request, 'request');
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    answer(await answerTo(JSON.parse(line) as ProofRequest));
  } catch (error) {
    const failureClass = error instanceof TrainingError ? error.failureClass : null;
    answer({ kind: 'threw', failureClass, message: errorText(error) });
  }
}
