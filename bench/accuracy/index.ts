import { parseArgs } from 'node:util';
import { networkCost, trainClassifier, trainingProcessEnvironment } from '../../training/index.js';
import type { ClassifierMetrics } from '../../training/index.js';
import { kerasPython, trainWithKeras } from './keras.js';
import { planOf, trainings } from './plan.js';
import type { Plan, TrainingName } from './plan.js';
import { loneTrial } from '../lone-trial.js';

const names = Object.keys(trainings).filter((name): name is TrainingName => name in trainings);

/**
 * Trains what `examples/accuracy` trains and, with `--peers`, the same network by the same schedule with Keras afterwards;
 * one JSON line for each data set. `--data NAME` (all), `--seed N` (1); `--epochs N` and `--examples N` shorten it, to
 * try it. Answers 1 when a whole training misses its bar.
 */
export async function run(benchArguments: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...benchArguments],
    options: {
      data: { type: 'string', multiple: true, default: [...names] },
      peers: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      epochs: { type: 'string' },
      examples: { type: 'string' },
    },
  });
  const chosen = values.data.map((given) => {
    const found = names.find((name) => name === given);
    if (found === undefined) throw new Error(`There is no training of "${given}": ${names.join(', ')}.`);
    return found;
  });
  const shortened = {
    epochs: readCount(values.epochs, '--epochs'),
    examples: readCount(values.examples, '--examples'),
  };
  const isWhole = shortened.epochs === null && shortened.examples === null;
  const python = values.peers ? await kerasPython() : null;
  // TensorFlow reads these variables when it is loaded, as in an evaluating process.
  Object.assign(process.env, trainingProcessEnvironment);
  let missed = 0;
  for (const name of chosen) {
    const plan = await planOf(name, shortened);
    const { parameters } = networkCost(plan.network);
    const own = await trainOurs(name, plan, values.seed);
    const keras = python === null ? null : await trainWithKeras(python, plan);
    if (keras !== null && keras.parameters !== parameters) {
      throw new Error(`${name} has ${keras.parameters} parameters with Keras, not ${parameters}.`);
    }
    if (isWhole && own.testAccuracy < trainings[name].bar) missed += 1;
    console.log(
      JSON.stringify({
        data: name,
        parameters,
        trainingExamples: plan.split.training.length,
        epochs: plan.settings.epochs,
        threads: plan.threads,
        bar: isWhole ? trainings[name].bar : null,
        ...figures(own),
        keras: keras === null ? null : { ...figures(keras), version: keras.version },
      }),
    );
  }
  return missed === 0 ? 0 : 1;
}

interface Reached {
  /** Of the validation examples, by epoch. */
  readonly accuracy: readonly number[];
  readonly testAccuracy: number;
  readonly seconds: number;
  readonly processorSeconds: number;
}

async function trainOurs(name: TrainingName, { options }: Plan, seed: string): Promise<Reached> {
  const accuracy: number[] = [];
  const start = performance.now();
  const used = process.cpuUsage();
  let [seconds, processorSeconds] = [0, 0];
  const metrics: ClassifierMetrics = await trainClassifier(options)(
    {},
    {
      ...loneTrial(seed),
      report: (epoch, reported) => {
        accuracy.push(reported['accuracy'] ?? Number.NaN);
        // The time of the last report counts, because the test images come after it.
        seconds = (performance.now() - start) / 1000;
        const { user, system } = process.cpuUsage(used);
        processorSeconds = (user + system) / 1e6;
        console.error(`${name}, epoch ${epoch}: ${JSON.stringify(reported)} after ${seconds.toFixed(0)} s`);
      },
      saveArtifact: () => Promise.resolve(''),
    },
  );
  return { accuracy, testAccuracy: metrics.testAccuracy ?? Number.NaN, seconds, processorSeconds };
}

function figures({ accuracy, testAccuracy, seconds, processorSeconds }: Reached): Reached {
  return {
    testAccuracy: rounded(testAccuracy, 4),
    seconds: rounded(seconds, 1),
    processorSeconds: rounded(processorSeconds, 1),
    accuracy: accuracy.map((each) => rounded(each, 4)),
  };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function readCount(text: string | undefined, option: string): number | null {
  if (text === undefined) return null;
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new Error(`${option} takes whole numbers above 0, not "${text}".`);
}
