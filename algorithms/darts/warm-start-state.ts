import type { Genome, View } from '../../search-spaces/views/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import {
  longestBulkName,
  readBulkName,
  readFields,
  readGenome,
  readInteger,
  readList,
  readScore,
} from '../contract/state-shape.js';
import type { StateValue } from '../contract/state-value.js';
import { sliceValueLimit } from '../contract/slice.js';
import { embeddingValueCount, type TaskEmbedding } from '../contract/task-embedding.js';
import {
  warmStartModes,
  type SelectionReason,
  type SourceSelection,
  type WarmStartMode,
} from '../warm-start/index.js';

/** Distances that the state keeps, of the nearest candidates; all of them follow from the snapshot. */
export const keptDistances = 64;

/** How far a warm start is. */
export type WarmStartState =
  /** The data are not embedded yet; of a search over several tasks, those of so many tasks are. */
  | { readonly kind: 'embed'; readonly embedded?: number }
  /** An update chooses the source. */
  | ({ readonly kind: 'select' } & TaskEmbedding)
  | {
      readonly kind: 'selected';
      readonly selection: SourceSelection;
      /** Candidates beyond those whose distances are kept. */
      readonly more: number;
      /** Bulk with the first logits, and checkpoint with the first weights. */
      readonly logits: string | null;
      readonly weights: string | null;
      readonly genotype: Genome | null;
      /** Whether the choices begin with fewer options. */
      readonly isMasked: boolean;
    };

const reasons = [
  'near',
  'any',
  'empty',
  'noCandidate',
  'fewCandidates',
  'far',
  'noMode',
  'meta',
  'noMeta',
] as const satisfies readonly SelectionReason[];
const longestTask = 200;
const longestHash = 64;

/** Upper bound of the state of a warm start, with a genome of so many bytes. */
export function warmStartBytes(genomeBytes: number): number {
  // A character takes at most four bytes.
  const distance = 4 * longestTask + longestHash + 64;
  return 1_024 + 9 * sliceValueLimit + keptDistances * distance + 4 * longestBulkName + genomeBytes;
}

/** Checks a value read back; throws `AlgorithmError` that names the place of what is wrong. */
export function readWarmStartState(
  view: View,
  filters: number,
  hasTasks: boolean,
  value: StateValue | undefined,
): WarmStartState {
  const place = 'state.warm';
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value['kind'] : undefined;
  switch (kind) {
    case 'embed':
      if (hasTasks) {
        const { embedded } = readFields(value, place, ['kind', 'embedded']);
        return { kind, embedded: readInteger(embedded, `${place}.embedded`) };
      }
      readFields(value, place, ['kind']);
      return { kind };
    case 'select': {
      const fields = readFields(value, place, ['kind', 'embedding', 'fingerprint']);
      const embedding = readList(fields.embedding, `${place}.embedding`, sliceValueLimit, readNumber);
      if (embedding.length + 16 !== embeddingValueCount(filters))
        throw new AlgorithmError(`${place}.embedding must have ${filters} numbers`);
      return { kind, embedding, fingerprint: readText(fields.fingerprint, `${place}.fingerprint`, 1_000) };
    }
    case 'selected': {
      const keys = ['kind', 'selection', 'more', 'logits', 'weights', 'genotype', 'isMasked'] as const;
      const fields = readFields(value, place, keys);
      const { genotype = null, isMasked } = fields;
      if (typeof isMasked !== 'boolean') throw new AlgorithmError(`${place}.isMasked must be true or false`);
      return {
        kind,
        selection: readSelection(fields.selection, `${place}.selection`),
        more: readInteger(fields.more, `${place}.more`),
        logits: readBulkName(fields.logits ?? null),
        weights: readBulkName(fields.weights ?? null),
        genotype: genotype === null ? null : readGenome(view, genotype, `${place}.genotype`),
        isMasked,
      };
    }
    default:
      throw new AlgorithmError(`${place} must be a warm start that is to embed, to select or selected`);
  }
}

/** Checks a selection, also that of the output of an update. */
export function readSelection(value: StateValue | undefined, place: string): SourceSelection {
  const fields = readFields(value, place, ['distances', 'threshold', 'others', 'reason', 'choice']);
  const others = readFields(fields.others, `${place}.others`, ['space', 'probe', 'own']);
  const reason = reasons.find((one) => one === fields.reason);
  if (reason === undefined) throw new AlgorithmError(`${place}.reason must be one of ${reasons.join(', ')}`);
  const { choice = null } = fields;
  return {
    distances: readList(fields.distances, `${place}.distances`, keptDistances, (item, at) => {
      const own = readFields(item, at, ['hash', 'task', 'distance']);
      return {
        hash: readText(own.hash, `${at}.hash`, longestHash),
        task: readText(own.task, `${at}.task`, longestTask),
        distance: readNumber(own.distance, `${at}.distance`),
      };
    }),
    threshold: readScore(fields.threshold, `${place}.threshold`),
    others: {
      space: readInteger(others.space, `${place}.others.space`),
      probe: readInteger(others.probe, `${place}.others.probe`),
      own: readInteger(others.own, `${place}.others.own`),
    },
    reason,
    choice: choice === null ? null : readChoice(choice, `${place}.choice`),
  };
}

function readChoice(
  value: StateValue,
  place: string,
): { readonly hash: string; readonly mode: WarmStartMode } {
  const fields = readFields(value, place, ['hash', 'mode']);
  const mode = warmStartModes.find((one) => one === fields.mode);
  if (mode === undefined)
    throw new AlgorithmError(`${place}.mode must be one of ${warmStartModes.join(', ')}`);
  return { hash: readText(fields.hash, `${place}.hash`, longestHash), mode };
}

function readText(value: StateValue | undefined, place: string, longest: number): string {
  if (typeof value === 'string' && value.length <= longest) return value;
  throw new AlgorithmError(`${place} must be a text of at most ${longest} characters`);
}

function readNumber(value: StateValue | undefined, place: string): number {
  if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value;
  throw new AlgorithmError(`${place} must be a number ≥ 0`);
}
