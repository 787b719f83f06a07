import { ControllerPolicy } from '../../algorithms/controller/controller-policy.js';
import { initialLearner } from '../../algorithms/controller/controller-memory.js';
import { readControllerOptions } from '../../algorithms/controller/controller-options.js';
import { tensorsOf } from '../../algorithms/controller/controller-tensors.js';
import { layoutOf } from '../../algorithms/controller/decision-layout.js';
import { logarithmsOf } from '../../algorithms/controller/policy-update.js';
import { adamStepInFloat32 } from '../../algorithms/policy-gradient/adam.js';
import { movedBaseline } from '../../algorithms/policy-gradient/rounds.js';
import { dexp, fork, type Rng } from '../../foundation/numbers/index.js';
import { view, type Genome, type Space } from '../../search-spaces/index.js';
import { plain } from './arm.js';

/**
 * A controller whose update takes the mean of the ratios over all decisions and architectures, and the mean of the
 * advantages, before it multiplies them: every architecture gets the same push, so that there is no credit. The bench has
 * to tell it from PPO.
 */
export class MeanRatioController {
  private readonly config = readControllerOptions({ ...plain, update: 'reinforce' }, [
    { name: 'accuracy', goal: 'maximize' },
  ]);
  private readonly layout;
  private readonly tensors;
  private readonly learner;
  private steps = 0;
  private baseline: number | null = null;

  constructor(
    space: Space,
    private readonly rng: Rng,
    private readonly learningRate: number,
    private readonly passes: number,
  ) {
    this.layout = layoutOf(view(space), 'auto', this.config.bins);
    this.tensors = tensorsOf(this.layout, this.config.hiddenUnits, false);
    this.learner = initialLearner(this.tensors.size, fork(rng, 'initial'));
  }

  policy(gradient: Float64Array | null = null): ControllerPolicy {
    return new ControllerPolicy(this.layout, this.tensors, this.learner.parameters, this.config, gradient);
  }

  /** The architectures of a batch. */
  draw(batch: number): readonly Genome[] {
    const policy = this.policy();
    const root = fork(fork(this.rng, 'batch'), batch);
    return Array.from({ length: plain.batchSize }, (_, place) => policy.draw(fork(root, place)).genome);
  }

  learn(genomes: readonly Genome[], rewards: readonly number[]): void {
    const mean = rewards.reduce((sum, reward) => sum + reward / rewards.length, 0);
    const advantage = mean - (this.baseline ?? mean);
    this.baseline = movedBaseline(this.baseline, mean, this.config.baselineDecay);
    const before = this.policy();
    const old = genomes.map((genome) => logarithmsOf(before.replay(genome)));
    for (let pass = 0; pass < this.passes; pass += 1) {
      const gradient = new Float64Array(this.tensors.size);
      const policy = this.policy(gradient);
      for (const [place, genome] of genomes.entries()) {
        const { decisions } = policy.replay(genome);
        for (const [at, { option, probabilities, logarithms, logits }] of decisions.entries()) {
          const ratio = dexp((logarithms[option] ?? 0) - (old[place]?.[at] ?? 0));
          const weight = (advantage * ratio) / (genomes.length * decisions.length);
          for (const [each, probability] of probabilities.entries())
            logits.slope[each] =
              (logits.slope[each] ?? 0) + weight * ((each === option ? 1 : 0) - probability);
        }
        policy.backward();
      }
      policy.finish();
      this.steps += 1;
      const { parameters, moments } = this.learner;
      adamStepInFloat32(parameters, gradient, moments, this.steps, this.learningRate);
    }
  }
}
