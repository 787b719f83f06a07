import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { environmentPython } from '../python-environment.js';
import type { Plan } from './plan.js';
import { learningRates } from './plan.js';

const execute = promisify(execFile);
const beside = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url));

const answerSchema = z.object({
  version: z.string(),
  parameters: z.number().int().positive(),
  accuracy: z.array(z.number()),
  testAccuracy: z.number(),
  seconds: z.number().positive(),
  processorSeconds: z.number().positive(),
});

/** What Keras reached. */
export type KerasAnswer = z.output<typeof answerSchema>;

/** The Python of a virtual environment with Keras on TensorFlow. */
export function kerasPython(): Promise<string> {
  return environmentPython({
    name: 'Keras',
    requirements: beside('requirements.txt'),
    megabytes: 330,
    bytesNeeded: 2e9,
  });
}

/** Trains a plan with Keras in a process of its own. */
export async function trainWithKeras(python: string, plan: Plan): Promise<KerasAnswer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'duramen-accuracy-'));
  try {
    const { data, split, settings, network, cropMargin, threads } = plan;
    const { optimizer, epochs, batchSize, weightDecay } = settings;
    const task = {
      ...{ network, cropMargin, threads, epochs, batchSize, weightDecay, seed: 1 },
      ...{ momentum: optimizer.momentum ?? 0, nesterov: optimizer.nesterov ?? false },
      rates: learningRates(plan),
      images: path.join(folder, 'images'),
      labels: path.join(folder, 'labels'),
      ...{ imageShape: data.imageShape, mean: data.mean, deviation: data.deviation },
      ...{
        training: [...split.training],
        validation: [...split.validation],
        test: [...split.test],
      },
    };
    await writeFile(task.images, data.images);
    await writeFile(task.labels, data.labels);
    const file = path.join(folder, 'task.json');
    await writeFile(file, JSON.stringify(task));
    const { stdout } = await execute(python, [beside('keras_training.py'), file], { maxBuffer: 1e7 });
    return answerSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
