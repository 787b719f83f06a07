import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Json } from '../../foundation/json/index.js';
import type { JournalRecord } from '../../searches/loop/index.js';
import type { AlgorithmView, ViewLimits } from '../../searches/loop/index.js';
import type { SearchContext } from '../../searches/definition/index.js';
import {
  ArtifactStore,
  FileBlobStore,
  journalFolder,
  JournalStore,
  TrialStore,
} from '../../storage/index.js';
import type { AttemptRecord } from '../../storage/index.js';
import { summarise } from '../../searches/journal/index.js';
import type { JournalSummary } from '../../searches/journal/index.js';
import { learnedOf } from './learned.js';

/** All that a journal tells of one search. */
export interface JournalReading {
  readonly summary: JournalSummary;
  /** Index of the search's level among those of the definition. */
  readonly levelIndex: number;
  /** Parameters of the outer levels. */
  readonly context: SearchContext;
  readonly interventions: readonly Extract<JournalRecord, { kind: 'intervention' }>[];
}

/** Reads the journals and artifacts of a home; needs neither server nor worker. */
export class JournalReader {
  private readonly blobs: FileBlobStore;
  private readonly journals: JournalStore<JournalRecord>;
  private readonly artifacts: ArtifactStore;

  constructor(readonly home: string) {
    this.blobs = new FileBlobStore(home);
    this.journals = new JournalStore(this.blobs);
    this.artifacts = new ArtifactStore(this.blobs);
  }

  /** Ids of the outermost searches that have a journal here, by name. */
  async searches(): Promise<readonly string[]> {
    const entries = await readdir(join(this.blobs.root, 'journals'), { withFileTypes: true }).catch(() => []);
    const names = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
    const known = await Promise.all(names.map((name) => this.journals.exists(name)));
    return names.filter((_name, place) => known[place]).sort();
  }

  /** How many records the journal of a search has, with only its last segment read; 0 without a journal. */
  async records(search: string): Promise<number> {
    return this.journals.length(search);
  }

  /** How many files hold the journals of a search and of those inside it: another number means that they have grown. */
  async segmentsBelow(search: string): Promise<number> {
    return (await this.blobs.list(`journals/${search}`)).filter((key) => key.includes('/=records/')).length;
  }

  /** The attempts at a trial, in order; empty where it was evaluated without any, or their files are gone. */
  async attempts(search: string, index: number): Promise<readonly AttemptRecord[]> {
    return new TrialStore(this.blobs.root).attempts(search, index);
  }

  /** The journal of a search; null when there is none or it holds no definition yet. Throws when it is damaged. */
  async read(search: string): Promise<JournalReading | null> {
    const records = (await this.journals.read(search)).map(({ record }) => record);
    const summary = summarise(records);
    const opened = records.find((record) => record.kind === 'opened');
    if (summary === null || opened === undefined) return null;
    const interventions = records.flatMap((record) => (record.kind === 'intervention' ? [record] : []));
    return { summary, levelIndex: opened.level, context: opened.context, interventions };
  }

  /** What the algorithm of a search has learned; see `learnedOf`. */
  async learned(search: string, limits: ViewLimits): Promise<AlgorithmView | null> {
    return learnedOf(this.journals, this.artifacts, search, limits);
  }

  /** When the journal was begun and last written, by the times of its files; null when it has none. */
  async span(search: string): Promise<{ readonly first: Date; readonly last: Date } | null> {
    const folder = journalFolder(search);
    const keys = [
      ...(await this.blobs.list(`${folder}/=epochs`)),
      ...(await this.blobs.list(`${folder}/=records`)),
    ];
    const times = await Promise.all(
      keys.map(async (key) => (await stat(this.blobs.path(key))).mtime.getTime()),
    );
    return times.length === 0
      ? null
      : { first: new Date(Math.min(...times)), last: new Date(Math.max(...times)) };
  }

  /** The bytes of an artifact; null when it is not in the store of this home or damaged. */
  async artifact(hash: string): Promise<Uint8Array | null> {
    try {
      return await this.artifacts.get(hash);
    } catch {
      return null;
    }
  }

  /** An artifact that holds JSON; null when it is missing or holds something else. */
  async json(hash: string): Promise<Json> {
    const bytes = await this.artifact(hash);
    try {
      return bytes === null ? null : (JSON.parse(new TextDecoder().decode(bytes)) as Json);
    } catch {
      return null;
    }
  }
}
