import { dlog, fork, RandomStream } from '../foundation/numbers/index.js';
import type { Rng } from '../foundation/numbers/index.js';
import { activeChoices } from '../networks/supernetwork/index.js';
import type { StepNumbers } from './step/optimizers.js';
import type { SeedOf, TrainingState } from './step/training-step.js';
import type { CompiledMixture, CompiledSupernetwork, SampledPath } from './supernet/index.js';

/** What an epoch needs of a mixture. */
export type MixtureSteps = Pick<
  CompiledMixture,
  'stateSizes' | 'prepare' | 'trainWeights' | 'trainArchitecture' | 'read' | 'write'
>;

/**
 * A supernetwork with logits of which each step trains one path, drawn with Gumbel noise (GDAS, Dong and Yang, CVPR 2019).
 * The draw of a step follows from `rng`, its number and the logits.
 */
export class SampledMixture implements MixtureSteps {
  readonly stateSizes: CompiledSupernetwork['stateSizes'];

  constructor(
    private readonly compiled: CompiledSupernetwork,
    private readonly temperature: number,
    private readonly rng: Rng,
  ) {
    this.stateSizes = compiled.stateSizes;
  }

  prepare(indices: Int32Array, next: Int32Array): Promise<void> {
    return this.compiled.prepare(indices, next);
  }

  trainWeights(indices: Int32Array, numbers: StepNumbers, step: number, seeds: SeedOf): number {
    const { path } = this.sampled(`weights:${step}`);
    return this.compiled.trainPaths(indices, numbers, step, seeds, [path]);
  }

  trainArchitecture(indices: Int32Array, numbers: StepNumbers, step: number, seeds: SeedOf): number {
    return this.compiled.trainLogits(indices, numbers, step, seeds, this.sampled(`logits:${step}`));
  }

  read(): TrainingState {
    return this.compiled.read();
  }

  write(state: TrainingState): void {
    this.compiled.write(state);
  }

  /** The path whose logits are largest with noise: that of the softmax of the logits, at any temperature. */
  private sampled(name: string): SampledPath {
    const { choices } = this.compiled;
    const logits = this.compiled.readLogits();
    const stream = new RandomStream(fork(this.rng, name));
    // In float32, as the graph sees it: the shares have to be those of the same draw.
    const noise = Float32Array.from(logits, () => -dlog(-dlog((stream.word() + 0.5) / 0x1_0000_0000)));
    let offset = 0;
    const path = choices.map(({ allowed, outcomes }) => {
      const from = offset;
      offset += outcomes;
      const valueOf = (option: number): number => (logits[from + option] ?? 0) + (noise[from + option] ?? 0);
      return allowed.reduce(
        (best, option) => (valueOf(option) > valueOf(best) ? option : best),
        allowed[0] ?? 0,
      );
    });
    const active = activeChoices(choices, path);
    return {
      path: Int32Array.from(path, (option, i) => (active[i] === true ? option : 0)),
      noise,
      temperature: this.temperature,
    };
  }
}
