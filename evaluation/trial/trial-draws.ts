import { drawOf, optimisedMetrics, type Slice } from '../../algorithms/contract/index.js';
import { errorText } from '../../foundation/errors/index.js';
import {
  EvaluationError,
  type TrialArchitecture,
  type TrialDraw,
} from '../../searches/search-files/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import type { ArtifactStore } from '../../storage/index.js';
import type { LoadedSetting } from '../loaded-settings.js';

/** The architectures that a slice draws, by their place from 0. */
export class TrialDraws {
  private drawn: Promise<(place: number) => TrialDraw> | undefined;

  /** `setting` loads the setting of the search, at the first draw alone: it takes all algorithms into memory. */
  constructor(
    private readonly slice: Slice | null,
    private readonly setting: () => Promise<LoadedSetting>,
    private readonly artifacts: ArtifactStore,
  ) {}

  /** So many draws from a place on; throws `EvaluationError` (`BadInput`) where the slice draws none. */
  async draws(count: number, from: number): Promise<readonly TrialDraw[]> {
    this.drawn ??= this.open();
    const drawAt = await this.drawn;
    return Array.from({ length: count }, (_, place) => drawAt(from + place));
  }

  /** What the slice has to know of its search; throws `EvaluationError` (`BadInput`) for a trial that is none. */
  async architecture(genome: Genome): Promise<TrialArchitecture> {
    if (this.slice === null)
      throw new EvaluationError(
        'BadInput',
        'This trial shares no weights: only slices do, with weightSharing.',
      );
    const { level } = await this.setting();
    const [reward] = optimisedMetrics(level.metrics);
    if (reward === undefined)
      throw new EvaluationError(
        'BadInput',
        `The level ${level.name} has no metric to optimise: give it one.`,
      );
    return { space: level.space, genome, reward: reward.name };
  }

  private async open(): Promise<(place: number) => TrialDraw> {
    const draw = this.slice === null ? null : drawOf(this.slice);
    if (draw === null)
      throw new EvaluationError('BadInput', 'This trial draws no architectures: only slices with a draw do.');
    try {
      const { draws, decodeAny } = await this.setting();
      const genomeAt = draws(draw, draw.from === 'policy' ? await this.artifacts.get(draw.policy) : null);
      return (place) => {
        const genome = genomeAt(place);
        return { genome, parameters: decodeAny(genome) };
      };
    } catch (error) {
      throw new EvaluationError('BadInput', `The draws of this slice cannot be made: ${errorText(error)}`);
    }
  }
}
