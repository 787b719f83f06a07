import { fork, rngFromSeed } from '../../foundation/numbers/index.js';
import type { Rng } from '../../foundation/numbers/index.js';
import { nasBench201Cell } from '../../search-spaces/index.js';
import { shuffled } from '../../training/index.js';
import { DrivenController } from '../controller/driven-controller.js';
import type { ArmSetting, Cell, PolicyFigures, ScoredCell } from './arm.js';
import type { SharedCells } from './shared-cells.js';

/** Updates at the end whose rewards are averaged. */
const lastUpdates = 20;

/** The controller of the arm `enas`: after the warm-up it draws the paths of the training, and learns in its course. */
export class CellController {
  private readonly driven: DrivenController;
  private readonly rng: Rng;
  private draw: (rng: Rng) => readonly number[];

  /** Begins after the updates with these rewards, so that a training that goes on needs to keep nothing else. */
  constructor(
    private readonly cells: Pick<SharedCells, 'validation' | 'accuracyOf'>,
    private readonly setting: ArmSetting,
    private readonly learned: number[][],
  ) {
    this.rng = fork(rngFromSeed(setting.seed), 'controller');
    const { learningRate = NaN, architectures = NaN } = this.numbers();
    this.driven = new DrivenController(nasBench201Cell, { learningRate, batchSize: architectures }, this.rng);
    for (const rewards of learned) this.driven.learn(rewards);
    this.draw = this.driven.drawer();
  }

  /** The rewards of all updates so far. */
  rewards(): number[][] {
    return this.learned;
  }

  /** The cell on whose path a step goes, at a share of the whole training; null during the warm-up. */
  cellOf(step: number, share: number): Cell | null {
    return this.isWarmUp(share) ? null : [...this.draw(fork(this.rng, `path:${step}`))];
  }

  /** Scores a batch and learns from it, where an update is due after this step. */
  async afterStep(step: number, share: number): Promise<void> {
    const { stepsPerUpdate = NaN, scoredExamples = NaN } = this.numbers();
    if (this.isWarmUp(share) || step % stepsPerUpdate !== 0) return;
    const rewards: number[] = [];
    for (const [place, genome] of this.driven.batch().entries()) {
      const images = shuffled(this.cells.validation, fork(fork(this.rng, `images:${step}`), place));
      rewards.push(await this.cells.accuracyOf([...genome], images.slice(0, scoredExamples)));
    }
    this.driven.learn(rewards);
    this.learned.push(rewards);
    this.draw = this.driven.drawer();
  }

  /** Draws of the policy and its most probable cell, each scored on all validation images; the draws first. */
  async derive(): Promise<readonly ScoredCell[]> {
    const { derivedFrom = NaN } = this.numbers();
    const draws = Array.from({ length: derivedFrom }, (_none, place) =>
      this.draw(fork(fork(this.rng, 'derived'), place)),
    );
    const scored: ScoredCell[] = [];
    for (const genome of [...draws, this.driven.greedy()]) {
      const cell = [...genome];
      scored.push({ cell, accuracy: await this.cells.accuracyOf(cell) });
    }
    return scored;
  }

  figures(): PolicyFigures {
    const last = this.learned.slice(-lastUpdates).flat();
    return {
      updates: this.learned.length,
      reward: last.length === 0 ? null : last.reduce((sum, reward) => sum + reward, 0) / last.length,
      entropy: this.driven.figure('entropy'),
      largestEntropy: this.driven.figure('largest entropy'),
    };
  }

  private isWarmUp(share: number): boolean {
    return share < (this.numbers().warmUp ?? NaN);
  }

  private numbers(): NonNullable<ArmSetting['controller']> {
    const { controller } = this.setting;
    if (controller === undefined) throw new Error('The arm has no controller.');
    return controller;
  }
}
