import { unreachable } from '../../foundation/errors/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { TaskEmbedding } from '../contract/task-embedding.js';
import type { LibraryRecord, NamedRecord } from './library-record.js';
import { libraryThreshold, taskDistance } from './task-similarity.js';
import { takesWeights, type WarmStartMode } from './warm-start-mode.js';

/** What a record must be to serve a search, and how far its task may be. */
export interface SelectionRule {
  /** Hash of the space, and whether its choices have a branch of zero. */
  readonly space: string;
  readonly none: boolean;
  readonly probe: string;
  /**
   * Largest distance of a source. `library`: the largest distance of one of its tasks to the nearest other one. `any`:
   * the nearest source is taken however far it is.
   */
  readonly threshold: number | 'library' | 'any';
  /** The first one that the source serves is taken; `meta` is served by a record of several tasks, however far they are. */
  readonly modes: readonly WarmStartMode[];
  /** Whether the numbers of a record of the space are those of the search; a broken one is passed over like one of another space. */
  readonly fits: (record: LibraryRecord) => boolean;
}

/** How far the task of a record is. */
export type SourceDistance = { readonly hash: string; readonly task: string; readonly distance: number };

/** Why a search starts from a record, or cold. */
export type SelectionReason =
  | 'near'
  | 'any'
  /** There is no record at all. */
  | 'empty'
  /** No record is of the same space and probe and of other data. */
  | 'noCandidate'
  /** Too few candidates to say what is near. */
  | 'fewCandidates'
  | 'far'
  /** The nearest source lacks what the modes take over. */
  | 'noMode'
  /** The first mode asks for a record of several tasks. */
  | 'meta'
  /** No record of several tasks serves the search, and it has no other mode. */
  | 'noMeta';

/** What the selection looked at, and what it decided; plain data for the durable state. */
export type SourceSelection = {
  /** All candidates, the nearest first; of equals, the smaller hash. */
  readonly distances: readonly SourceDistance[];
  readonly threshold: number | null;
  /** Records that were passed over: of another space or probe, and those of the target's own data or with it among theirs. */
  readonly others: { readonly space: number; readonly probe: number; readonly own: number };
  readonly reason: SelectionReason;
  /** Null: the search starts cold. */
  readonly choice: { readonly hash: string; readonly mode: WarmStartMode } | null;
};

/**
 * The record to start from: of those of the same space and probe, without those of the target's own data, the nearest one,
 * if it is no further than the threshold. Ties go to the smaller hash. Where there is none, the mode `meta` falls back on
 * the record of the most tasks without the target's, whatever its probe: nothing of it is compared.
 */
export function selectSource(
  records: readonly NamedRecord[],
  target: TaskEmbedding,
  rule: SelectionRule,
): SourceSelection {
  const isOfSpace = ({ record }: NamedRecord): boolean =>
    record.space === rule.space && record.none === rule.none && rule.fits(record);
  const ofSpace = records.filter(isOfSpace);
  const single = ofSpace.filter(({ record }) => record.tasks === undefined);
  const several = ofSpace.filter(({ record }) => record.tasks !== undefined);
  const ofProbe = single.filter(({ record }) => record.probe === rule.probe);
  const candidates = ofProbe.filter(({ record }) => record.fingerprint !== target.fingerprint);
  const metas = several.filter(({ record }) => record.tasks?.includes(target.fingerprint) === false);
  const distances = candidates
    .map(({ hash, record }) => ({
      hash,
      task: record.task,
      distance: taskDistance(target.embedding, record.embedding),
    }))
    .sort((a, b) => a.distance - b.distance || (a.hash < b.hash ? -1 : 1));
  const others = {
    space: records.length - ofSpace.length,
    probe: single.length - ofProbe.length,
    own: ofProbe.length - candidates.length + several.length - metas.length,
  };
  const threshold = thresholdOf(rule, candidates);
  const [meta] = [...metas].sort((a, b) => taskCount(b) - taskCount(a) || (a.hash < b.hash ? -1 : 1));
  const [nearest] = distances;
  const source = candidates.find(({ hash }) => hash === nearest?.hash);
  const decided = (reason: SelectionReason, mode?: WarmStartMode): SourceSelection => {
    const own = nearest === undefined || mode === undefined ? null : { hash: nearest.hash, mode };
    const fallback =
      meta === undefined || !rule.modes.includes('meta')
        ? null
        : ({ hash: meta.hash, mode: 'meta' } as const);
    return { distances, threshold, others, reason, choice: own ?? fallback };
  };
  if (records.length === 0) return decided('empty');
  const ownModes = rule.modes.filter((mode) => mode !== 'meta');
  if (rule.modes[0] === 'meta' && (meta !== undefined || ownModes.length === 0))
    return decided(meta === undefined ? 'noMeta' : 'meta');
  if (nearest === undefined || source === undefined) return decided('noCandidate');
  if (threshold === null && rule.threshold === 'library') return decided('fewCandidates');
  if (threshold !== null && nearest.distance > threshold) return decided('far');
  const mode = ownModes.find((one) => !takesWeights(one) || source.record.weights !== null);
  if (mode === undefined) return decided('noMode');
  return decided(rule.threshold === 'any' ? 'any' : 'near', mode);
}

function taskCount({ record }: NamedRecord): number {
  return record.tasks?.length ?? 1;
}

function thresholdOf({ threshold }: SelectionRule, candidates: readonly NamedRecord[]): number | null {
  if (typeof threshold === 'number') return threshold;
  return threshold === 'any' ? null : libraryThreshold(candidates.map(({ record }) => record.embedding));
}

/** The decision in a sentence, for people who watch. */
export function selectionText(selection: SourceSelection): string {
  const { choice, reason, distances, threshold } = selection;
  const near = nearestText(distances);
  const limit = limitText(threshold);
  if (reason === 'near' || reason === 'any')
    return `The search starts from ${near}${limit}, and takes over ${choice?.mode ?? 'nothing'}.`;
  const start =
    choice === null ? 'cold' : `from record ${choice.hash.slice(0, 12)}, which is of several tasks in turn`;
  return `The search starts ${start}, because ${whyNotNear(selection, reason)}.`;
}

function nearestText([nearest]: readonly SourceDistance[]): string {
  return nearest === undefined
    ? ''
    : `record ${nearest.hash.slice(0, 12)} (${nearest.task}), ${nearest.distance.toPrecision(3)} away`;
}

function limitText(threshold: number | null): string {
  return threshold === null ? '' : `, the threshold being ${threshold.toPrecision(3)}`;
}

/** Why no record of one task was taken. */
function whyNotNear(
  { distances, threshold, others }: SourceSelection,
  reason: Exclude<SelectionReason, 'near' | 'any'>,
): string {
  const near = nearestText(distances);
  switch (reason) {
    case 'empty':
      return 'the library is empty';
    case 'noCandidate':
      return (
        'no record of the library serves it: ' +
        `${others.space} are of another space, ${others.probe} of another probe, and ${others.own} of its own data`
      );
    case 'fewCandidates':
      return `${distances.length} records are too few to say what is near; the nearest is ${near}`;
    case 'far':
      return `the nearest source, ${near}, is too far${limitText(threshold)}`;
    case 'noMode':
      return `${near}, keeps no weights, and all its modes take weights over`;
    case 'meta':
      return 'meta is the first of its modes';
    case 'noMeta':
      return (
        'no record of several tasks serves it: ' +
        `${others.space} records are of another space, and ${others.own} have its own data among theirs`
      );
    default:
      return unreachable(reason, 'reason of a selection');
  }
}

/** The record of a choice; throws `AlgorithmError` where the snapshot does not have it. */
export function chosenRecord(records: readonly NamedRecord[], hash: string): NamedRecord['record'] {
  const found = records.find((one) => one.hash === hash);
  if (found === undefined) throw new AlgorithmError(`the snapshot has no record ${hash}`);
  return found.record;
}
