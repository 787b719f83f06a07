import { format } from 'node:util';
import { readFile } from 'node:fs/promises';
import type { Metrics } from '../../algorithms/contract/index.js';
import type { Json } from '../../foundation/json/index.js';
import type { SearchContext } from '../../searches/definition/index.js';
import {
  EvaluationError,
  type TrialArchitecture,
  type TrialCheckpoints,
  type TrialDraw,
  type TrialHandle,
  type TrialLimits,
} from '../../searches/search-files/index.js';
import type { ArtifactStore } from '../../storage/index.js';
import { readArtifact } from './read-artifact.js';
import { TrialAttributes } from './trial-attributes.js';
import { TrialLog } from './trial-log.js';
import type { TrialReports } from './trial-reports.js';

const noCheckpoints = (): never => {
  throw new Error(
    'A light evaluation has no checkpoints: it runs inside the worker. Remove `light: true` to use them.',
  );
};

const checkpoints: TrialCheckpoints = {
  save: async () => noCheckpoints(),
  latest: async () => noCheckpoints(),
  continued: async () => noCheckpoints(),
};

/** The trial of an evaluation inside the worker: has all but checkpoints, and makes each part at its first use. */
export class LightTrial implements TrialHandle {
  declare readonly until?: number;
  readonly attempt = 1;
  /** A search in slices has no light evaluation. */
  readonly slice = null;
  readonly checkpoint = checkpoints;
  private logOrNone: TrialLog | undefined;
  private attributesOrNone: TrialAttributes | undefined;
  private artifactsOrNone: Record<string, string> | undefined;

  constructor(
    readonly index: number,
    private readonly seedOf: () => string,
    readonly context: SearchContext,
    readonly signal: AbortSignal,
    until: number | undefined,
    readonly reports: TrialReports,
    private readonly artifactStore: ArtifactStore,
    private readonly limitsOf: () => TrialLimits,
  ) {
    if (until !== undefined) this.until = until;
  }

  get seed(): string {
    return this.seedOf();
  }

  get limits(): TrialLimits {
    return this.limitsOf();
  }

  report(step: number, metrics: Metrics): void {
    this.reports.add(step, metrics);
  }

  shouldStop(): boolean {
    return this.reports.shouldStop();
  }

  values(): void {
    throw new EvaluationError('Bug', 'Only a slice hands back values.');
  }

  async architecture(): Promise<TrialArchitecture> {
    throw new EvaluationError('BadInput', 'Only a slice shares weights.');
  }

  async draws(): Promise<readonly TrialDraw[]> {
    throw new EvaluationError('BadInput', 'Only a slice draws architectures.');
  }

  setAttribute(key: string, value: Json): void {
    this.attributesOrNone ??= new TrialAttributes();
    this.attributesOrNone.set(key, value);
  }

  async saveArtifact(name: string, path: string): Promise<string> {
    const hash = await this.artifactStore.put(await readFile(path));
    this.artifactsOrNone ??= {};
    this.artifactsOrNone[name] = hash;
    return hash;
  }

  artifact(hash: string): Promise<Uint8Array> {
    return readArtifact(this.artifactStore, hash);
  }

  log(...values: readonly unknown[]): void {
    this.logOrNone ??= new TrialLog();
    this.logOrNone.add(format(...values));
  }

  /** What the trial left besides its result; null when there is nothing worth a record. */
  get left(): {
    log: TrialLog;
    attributes: Readonly<Record<string, Json>>;
    artifacts: Readonly<Record<string, string>>;
  } | null {
    const nothing =
      this.logOrNone === undefined &&
      this.attributesOrNone === undefined &&
      this.artifactsOrNone === undefined;
    if (nothing && this.reports.lastStep === null) return null;
    return {
      log: this.logOrNone ?? new TrialLog(),
      attributes: this.attributesOrNone?.all() ?? {},
      artifacts: this.artifactsOrNone ?? {},
    };
  }
}
