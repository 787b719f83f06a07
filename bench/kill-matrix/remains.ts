import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { SearchDefinition } from 'duramen';
import { unreachable } from '../../foundation/errors/index.js';
import { canonicalJson } from '../../foundation/json/index.js';
import { innerSearchId, plainJson, type JournalRecord } from '../../searches/index.js';
import { ArtifactStore, FileBlobStore, JournalStore } from '../../storage/index.js';
import { algorithmBits, type AlgorithmBits } from '../../test/support/algorithm-state.js';
import { sliceName, type Note } from './note.js';

/** What one search left in its journal. */
export interface SearchRemains {
  readonly trajectoryHash: string | null;
  /** What the journal and the store keep of each told trial, by index. */
  readonly told: ReadonlyMap<number, TrialRemains>;
  /** Indices that were told more than once. */
  readonly toldAgain: readonly number[];
  /** Indices that were proposed and never told. */
  readonly open: readonly number[];
  /** What the algorithm had learned at the end; null where no state was kept. */
  readonly learned: AlgorithmBits | null;
}

/** What one told trial left: outcome, reports and trained weights. */
export interface TrialRemains {
  /** Canonical JSON of the outcome and of all reports. */
  readonly content: string;
  /** Hash of the network with its trained weights, or of the weights; null where none was trained. */
  readonly weights: string | null;
}

/** What a whole search left, with all searches inside it, by id. */
export interface Remains {
  readonly searches: ReadonlyMap<string, SearchRemains>;
  /** Trials that were evaluated again after their result had been stored. */
  readonly evaluatedAgain: number;
}

/** Reads what a closed search left in its home. */
export async function readRemains(
  home: string,
  definition: SearchDefinition,
  notes: readonly Note[],
): Promise<Remains> {
  const blobs = new FileBlobStore(home);
  const journals = new JournalStore<JournalRecord>(blobs);
  const artifacts = new ArtifactStore(blobs);
  const searches = new Map<string, SearchRemains>();
  const visit = async (search: string, level: number): Promise<void> => {
    const records = (await journals.read(search)).map(({ record }) => record);
    const snapshot = await journals.snapshot(search);
    const learned = snapshot === null ? null : algorithmBits(snapshot.state);
    searches.set(search, { ...(await remainsOf(records, artifacts)), learned });
    const inner = definition.levels[level + 1];
    if (inner === undefined) return;
    for (const record of records) {
      if (record.kind !== 'proposed') continue;
      const id = innerSearchId(search, record.trial.index, inner.name);
      // A search that was found under its content key has no journal.
      if (await journals.exists(id)) await visit(id, level + 1);
    }
  };
  await visit(definition.name, 0);
  return { searches, evaluatedAgain: countEvaluatedAgain(join(home, 'trials'), notes) };
}

async function remainsOf(
  records: readonly JournalRecord[],
  artifacts: ArtifactStore,
): Promise<Omit<SearchRemains, 'learned'>> {
  const told = new Map<number, TrialRemains>();
  const toldAgain: number[] = [];
  const proposed = new Set<number>();
  let trajectoryHash: string | null = null;
  for (const record of records) {
    switch (record.kind) {
      case 'proposed':
        proposed.add(record.trial.index);
        break;
      case 'told': {
        if (told.has(record.index)) toldAgain.push(record.index);
        const { reports, weights } = await trialRecord(record.record, artifacts);
        const content = canonicalJson(plainJson({ outcome: record.outcome, reports }));
        told.set(record.index, { content, weights });
        break;
      }
      case 'closed':
        trajectoryHash = record.trajectoryHash;
        break;
      case 'opened':
      case 'asked':
      case 'answered':
      case 'intervention':
        break;
      default:
        unreachable(record, 'record');
    }
  }
  return { trajectoryHash, told, toldAgain, open: [...proposed].filter((index) => !told.has(index)) };
}

interface StoredRecord {
  readonly reports: readonly unknown[];
  readonly artifacts: Readonly<Record<string, string>>;
  readonly attributes?: { readonly training?: { readonly weights: string } };
}

async function trialRecord(
  hash: string | undefined,
  artifacts: ArtifactStore,
): Promise<{ readonly reports: readonly unknown[]; readonly weights: string | null }> {
  if (hash === undefined) return { reports: [], weights: null };
  const bytes = await artifacts.get(hash);
  const record = JSON.parse(new TextDecoder().decode(bytes)) as StoredRecord;
  const weights = record.artifacts['saved_model.pb'] ?? record.attributes?.training?.weights ?? null;
  return { reports: record.reports, weights };
}

/** Evaluations that started after a result of the same trial, known by its name, had been stored. */
function countEvaluatedAgain(trials: string, notes: readonly Note[]): number {
  const finished = new Map<string, number>();
  const visit = (folder: string): void => {
    const result = join(folder, 'result.json');
    if (existsSync(join(folder, 'trial.json')) && existsSync(result)) {
      const { seed } = JSON.parse(readFileSync(join(folder, 'trial.json'), 'utf8')) as {
        readonly seed: string;
      };
      // The folder is called by the index.
      for (const name of [seed, sliceName(seed, Number(basename(folder)))]) {
        finished.set(name, Math.min(finished.get(name) ?? Infinity, statSync(result).mtimeMs));
      }
    }
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) visit(join(folder, entry.name));
    }
  };
  if (existsSync(trials)) visit(trials);
  return notes.filter(({ kind, name, time }) => kind === 'start' && time > (finished.get(name) ?? Infinity))
    .length;
}
