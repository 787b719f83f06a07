import { dlog } from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import { choicesMade, type Relaxation } from '../contract/relaxation.js';
import {
  takesLogits,
  takesMask,
  takesWeights,
  type LibraryRecord,
  type WarmStartConfig,
  type WarmStartMode,
} from '../warm-start/index.js';
import type { OptionsLeft } from './discretisation.js';
import type { PlannedStage } from './options.js';

/** What a search takes over from its source. */
export interface TakenOver {
  /** The first logits; null: they are drawn, as in a cold search. */
  readonly logits: Float64Array | null;
  /** What is left of each choice; null: all. */
  readonly left: OptionsLeft | null;
  /** Hash of the checkpoint with the first weights; null: they are drawn. */
  readonly weights: string | null;
  /** The architecture that the search returns whatever it finds; null: it searches. */
  readonly genotype: Genome | null;
}

/** What a mode takes over of a record of the same relaxation; a mask gets these skips of each choice besides. */
export function takenOver(
  relaxation: Relaxation,
  record: LibraryRecord,
  mode: WarmStartMode,
  config: Pick<WarmStartConfig, 'logits' | 'scale' | 'keep'>,
  skips: readonly (readonly number[])[],
): TakenOver {
  return {
    logits: takesLogits(mode) ? firstLogits(relaxation, record, config) : null,
    left: takesMask(mode) ? withSkips(firstMask(relaxation, record, mode, config.keep), mode, skips) : null,
    weights: takesWeights(mode) ? record.weights : null,
    genotype: mode === 'genotype' ? record.genotype : null,
  };
}

/** A mask whose choices have their skips besides; the one option of an architecture stays alone. */
function withSkips(
  mask: OptionsLeft,
  mode: WarmStartMode,
  skips: readonly (readonly number[])[],
): OptionsLeft {
  if (mode === 'genotype') return mask;
  return mask.map((options, row) => [...new Set([...options, ...(skips[row] ?? [])])].sort((a, b) => a - b));
}

/** Whether the numbers of a record are as many as those of a relaxation. */
export function fitsRelaxation({ rows, size }: Relaxation, { logits, masks }: LibraryRecord): boolean {
  return (
    logits.length === size &&
    masks.every(
      (mask) =>
        mask.length === rows.length &&
        mask.every((options, row) => {
          const { of = 0, length = 0 } = rows[row] ?? {};
          return options.some((option) => option < of) && options.every((option) => option < length);
        }),
    )
  );
}

/** The stages that a search runs after it has taken this over. */
export function warmStages(
  stages: readonly PlannedStage[],
  mode: WarmStartMode,
  share: number,
): readonly PlannedStage[] {
  const last = stages.at(-1);
  if (last === undefined) return stages;
  // One epoch trains the weights that evaluate the architecture.
  if (mode === 'genotype') return [{ ...last, epochs: 1, alphaFrom: 2, keep: null }];
  if (stages.length > 1) return [{ ...last, ...frozen(last, mode, last.epochs) }];
  const epochs = Math.max(1, Math.round(share * last.epochs));
  return [{ ...last, epochs, ...frozen(last, mode, epochs) }];
}

/** Weights that are trained already need no epochs of their own. */
function frozen(
  { epochs: all, alphaFrom }: PlannedStage,
  mode: WarmStartMode,
  epochs: number,
): Pick<PlannedStage, 'alphaFrom'> {
  return { alphaFrom: takesWeights(mode) ? 1 : Math.round(((alphaFrom - 1) / all) * epochs) + 1 };
}

/**
 * The first logits of a warm search: those of the source around the mean of what its choice had left, times the scale;
 * options that it had dropped have the smallest. Or, of its architecture alone, log(n − 1) for the option that it chose
 * of n, which gives it half the weight, and 0 for the others.
 */
function firstLogits(
  relaxation: Relaxation,
  { logits, masks, genotype }: LibraryRecord,
  config: Pick<WarmStartConfig, 'logits' | 'scale'>,
): Float64Array {
  const first = new Float64Array(relaxation.size);
  if (config.logits === 'genotype') {
    for (const { row, option } of choicesMade(relaxation, genotype)) {
      const { offset = 0, length = 2 } = relaxation.rows[row] ?? {};
      first[offset + option] = config.scale * dlog(Math.max(1, length - 1));
    }
    return first;
  }
  const mask = masks.at(-1);
  relaxation.rows.forEach(({ offset, length }, row) => {
    const left = mask?.[row] ?? Array.from({ length }, (_none, option) => option);
    const own = left.map((option) => logits[offset + option] ?? 0);
    const mean = own.reduce((sum, logit) => sum + logit / own.length, 0);
    const smallest = Math.min(...own);
    for (let option = 0; option < length; option += 1) {
      const logit = left.includes(option) ? (logits[offset + option] ?? 0) : smallest;
      // The sum with 0 makes a positive zero of a negative one, which no state can hold.
      first[offset + option] = config.scale * (logit - mean) + 0;
    }
  });
  return first;
}

/**
 * The mask of a warm search: what was left in the source's last stage, or of a source of one stage the options of the
 * largest logits without that of zero. That of the mode `genotype` has one option for each choice.
 */
function firstMask(
  relaxation: Relaxation,
  { logits, masks, genotype }: LibraryRecord,
  mode: WarmStartMode,
  keep: number,
): OptionsLeft {
  const mask = masks.at(-1);
  if (mode !== 'genotype' && mask !== undefined) return mask;
  const made = new Map(choicesMade(relaxation, genotype).map(({ row, option }) => [row, option]));
  return relaxation.rows.map(({ offset, of }, row) => {
    const chosen = made.get(row);
    if (mode === 'genotype' && chosen !== undefined) return [chosen];
    const logitOf = (option: number): number => logits[offset + option] ?? 0;
    const options = (mask?.[row] ?? Array.from({ length: of }, (_none, option) => option)).filter(
      (option) => option < of,
    );
    return [...options]
      .sort((a, b) => logitOf(b) - logitOf(a) || a - b)
      .slice(0, mode === 'genotype' ? 1 : keep)
      .sort((a, b) => a - b);
  });
}
