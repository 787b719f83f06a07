import { bindAlgorithm, controller } from '../../algorithms/index.js';
import type { BoundAlgorithm, ControllerOptions, Metric, StateValue } from '../../algorithms/index.js';
import { sha256Hex, type Rng } from '../../foundation/numbers/index.js';
import { view, type Genome, type Space } from '../../search-spaces/index.js';

const metrics: readonly Metric[] = [{ name: 'accuracy', goal: 'maximize' }];

/** The controller with a caller in the place of a search: it draws a batch, and learns from the rewards of the whole batch. */
export class DrivenController {
  private readonly algorithm: BoundAlgorithm;
  private state: StateValue;
  private bulk: Uint8Array | null = null;
  private told = 0;

  constructor(space: Space, options: ControllerOptions, rng: Rng) {
    this.algorithm = bindAlgorithm(controller(options), view(space), metrics, rng, 'in-order');
    this.state = this.algorithm.init();
    this.update();
  }

  /** The architectures that the policy of now drew, the same until it learns. */
  batch(): readonly Genome[] {
    return this.proposals().genomes;
  }

  /** Learns from the rewards of the batch, in its order. */
  learn(rewards: readonly number[]): void {
    const { genomes, state } = this.proposals();
    if (rewards.length !== genomes.length)
      throw new Error(
        `The batch has ${genomes.length} architectures, and there are ${rewards.length} rewards.`,
      );
    const results = genomes.map((genome, place) => ({
      trial: { genome, index: this.told + place },
      outcome: { kind: 'scored', metrics: { accuracy: rewards[place] ?? NaN } } as const,
    }));
    this.state = this.algorithm.tell(state, results);
    this.told += genomes.length;
    this.update();
  }

  /** Draws single architectures from the policy as it now is, and goes on doing so when the policy has moved. */
  drawer(): (rng: Rng) => Genome {
    const { drawer } = this.algorithm;
    if (drawer === undefined || this.bulk === null) throw new Error('The controller has no policy.');
    return drawer(this.bulk);
  }

  /** The most probable option of each decision in turn. */
  greedy(): Genome {
    const policy = this.algorithm.policy?.(this.state) ?? null;
    if (policy === null) throw new Error('The controller has no policy.');
    return policy.mostProbable;
  }

  /** What the last update says of the policy that it left, by the name of the figure; NaN where it says nothing. */
  figure(name: string): number {
    const figures = this.algorithm.describe?.(this.state)?.figures ?? [];
    return figures.find((one) => one.name === name)?.value ?? NaN;
  }

  private update(): void {
    const { computeUpdate, applyUpdate } = this.algorithm;
    const { state, action } = this.algorithm.propose(this.state, this.told);
    if (action.kind !== 'update' || computeUpdate === undefined || applyUpdate === undefined)
      throw new Error('The controller has no update to make.');
    const { bulk, output } = computeUpdate(this.bulk, action.request.input);
    if (bulk === null) throw new Error('The controller left no policy.');
    this.bulk = bulk;
    this.state = applyUpdate(state, { bulk: sha256Hex(bulk.subarray(0, 64)), output });
  }

  private proposals(): { readonly genomes: readonly Genome[]; readonly state: StateValue } {
    const genomes: Genome[] = [];
    let { state } = this;
    for (;;) {
      const proposed = this.algorithm.propose(state, this.told + genomes.length);
      if (proposed.action.kind !== 'trial') return { genomes, state };
      genomes.push(proposed.action.proposal.genome);
      ({ state } = proposed);
    }
  }
}
