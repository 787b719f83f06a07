import { ControllerPolicy } from '../../algorithms/controller/controller-policy.js';
import { initialLearner } from '../../algorithms/controller/controller-memory.js';
import { readControllerOptions } from '../../algorithms/controller/controller-options.js';
import { tensorsOf } from '../../algorithms/controller/controller-tensors.js';
import { layoutOf } from '../../algorithms/controller/decision-layout.js';
import { updatePolicy } from '../../algorithms/controller/policy-update.js';
import { fork, rngFromSeed } from '../../foundation/numbers/index.js';
import { enasMacro, view } from '../../search-spaces/index.js';
import { medianOf } from '../ma2ml/summary.js';

const draws = 200;

/**
 * Architectures of the macro space of 12 layers that a controller draws in a second of processor time, and seconds of
 * processor time of an update by PPO with 20 architectures in 4 passes: medians of `rounds`.
 */
export function samplingSpeed(rounds: number): {
  readonly parameters: number;
  readonly drawsPerSecond: number;
  readonly updateSeconds: number;
} {
  const config = readControllerOptions({ batchSize: 20, passes: 4, klStop: null }, [
    { name: 'accuracy', goal: 'maximize' },
  ]);
  const layout = layoutOf(view(enasMacro(12)), config.layout, config.bins);
  const tensors = tensorsOf(layout, config.hiddenUnits, false);
  const learner = initialLearner(tensors.size, rngFromSeed(1));
  const policy = new ControllerPolicy(layout, tensors, learner.parameters, config);
  const rates: number[] = [];
  const updates: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const root = fork(rngFromSeed(2), round);
    rates.push(
      draws /
        processorSeconds(() => {
          for (let place = 0; place < draws; place += 1) policy.draw(fork(root, place));
        }),
    );
    const batch = Array.from({ length: config.batchSize }, (_, place) => ({
      genome: policy.draw(fork(root, place)).genome,
      reward: place / config.batchSize,
      advantage: place / config.batchSize - 0.5,
    }));
    const { parameters, moments } = initialLearner(tensors.size, rngFromSeed(1));
    const setting = { layout, tensors, config, rng: root };
    updates.push(processorSeconds(() => updatePolicy(setting, { parameters, moments, steps: 0 }, batch)));
  }
  return {
    parameters: tensors.size,
    drawsPerSecond: medianOf(rates),
    updateSeconds: medianOf(updates),
  };
}

function processorSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
