import { readFile } from 'node:fs/promises';
import { format } from 'node:util';
import { unreachable } from '../../foundation/errors/index.js';
import type { FromProcess, SentTrial, ToProcess } from '../processes/process-messages.js';
import { toSendable } from '../processes/process-messages.js';
import { readArtifact } from '../trial/read-artifact.js';
import { TrialAttributes } from '../trial/trial-attributes.js';
import { TrialReports } from '../trial/trial-reports.js';
import type { TrialDraws } from '../trial/trial-draws.js';
import type { Metrics, Slice } from '../../algorithms/contract/index.js';
import type { Json } from '../../foundation/json/index.js';
import {
  type Checkpoint,
  type CheckpointContent,
  EvaluationError,
  type TrialArchitecture,
  type TrialCheckpoints,
  type TrialDraw,
  type TrialHandle,
  type TrialLimits,
} from '../../searches/search-files/index.js';
import type { SearchContext } from '../../searches/definition/index.js';
import { type ArtifactStore, type PublishedCheckpoint, stageCheckpoint } from '../../storage/index.js';

/** A checkpoint with the index of the trial that saved it. */
interface SavedCheckpoint {
  readonly trial: number;
  readonly checkpoint: PublishedCheckpoint;
}

interface Publishing {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** The trial inside the evaluating process: decides on stopping by itself and tells the worker everything else. */
export class ProcessTrial implements TrialHandle {
  readonly index: number;
  readonly seed: string;
  readonly attempt: number;
  readonly context: SearchContext;
  readonly limits: TrialLimits;
  readonly signal: AbortSignal;
  declare readonly until?: number;
  readonly slice: Slice | null;
  readonly checkpoint: TrialCheckpoints;
  private readonly abort = new AbortController();
  private readonly reports: TrialReports;
  private readonly attributes: TrialAttributes;
  private readonly publishing = new Map<number, Publishing>();
  private latest: SavedCheckpoint | null;
  private requests = 0;

  constructor(
    private readonly trial: SentTrial,
    private readonly send: (message: FromProcess) => unknown,
    private readonly artifacts: ArtifactStore,
    private readonly drawing: TrialDraws,
  ) {
    this.index = trial.index;
    this.seed = trial.seed;
    this.attempt = trial.attempt;
    this.context = trial.context;
    this.limits = trial.limits;
    this.signal = this.abort.signal;
    if (trial.until !== undefined) this.until = trial.until;
    this.reports = new TrialReports(trial.metrics, trial.gate, trial.until);
    for (const { step, metrics } of trial.reports) this.reports.add(step, metrics);
    this.attributes = new TrialAttributes(trial.attributes);
    this.slice = trial.slice;
    this.latest = trial.checkpoint === null ? null : { trial: trial.savedBy, checkpoint: trial.checkpoint };
    this.checkpoint = {
      save: async (content, step) => this.save(content, step),
      latest: async () => readCheckpoint(this.latest),
      continued: async () => readCheckpoint(trial.continued),
    };
  }

  report(step: number, metrics: Metrics): void {
    let added: boolean;
    try {
      added = this.reports.add(step, metrics);
    } catch (error) {
      // The worker comes to the same verdict, whether or not the function lets the error through.
      if (error instanceof EvaluationError)
        this.send({ kind: 'report', report: { step, metrics: sentMetrics(metrics) } });
      throw error;
    }
    if (added) this.send({ kind: 'report', report: { step, metrics: sentMetrics(metrics) } });
  }

  shouldStop(): boolean {
    return this.reports.shouldStop();
  }

  values(numbers: readonly number[]): void {
    if (this.slice === null) throw new EvaluationError('Bug', 'Only a slice hands back values.');
    this.send({ kind: 'values', values: toSendable([...numbers]) });
  }

  async draws(count: number, from = 0): Promise<readonly TrialDraw[]> {
    return this.drawing.draws(count, from);
  }

  async architecture(): Promise<TrialArchitecture> {
    return this.drawing.architecture(this.trial.genome);
  }

  setAttribute(key: string, value: Json): void {
    this.attributes.set(key, value);
    this.send({ kind: 'attribute', key, value });
  }

  async saveArtifact(name: string, path: string): Promise<string> {
    const hash = await this.artifacts.put(await readFile(path));
    this.send({ kind: 'artifact', name, hash });
    return hash;
  }

  artifact(hash: string): Promise<Uint8Array> {
    return readArtifact(this.artifacts, hash);
  }

  log(...values: readonly unknown[]): void {
    this.send({ kind: 'log', text: format(...values) });
  }

  /** Takes a message of the worker about this trial. */
  receive(message: Extract<ToProcess, { readonly kind: 'park' | 'published' | 'refused' }>): void {
    switch (message.kind) {
      case 'park':
        this.abort.abort(new Error('The trial was asked to park: save a checkpoint and return.'));
        return;
      case 'published':
        this.latest = { trial: this.index, checkpoint: message.checkpoint };
        this.publishing.get(message.request)?.resolve();
        break;
      case 'refused':
        this.publishing.get(message.request)?.reject(new Error(message.message));
        break;
      default:
        return unreachable(message, 'message');
    }
    this.publishing.delete(message.request);
  }

  private async save(content: CheckpointContent, step: number): Promise<void> {
    const checkpoint = await stageCheckpoint(this.trial.workFolder, content, step);
    const request = ++this.requests;
    await new Promise<void>((resolve, reject) => {
      this.publishing.set(request, { resolve, reject });
      this.send({ kind: 'checkpoint', request, checkpoint });
    });
  }
}

async function readCheckpoint(saved: SavedCheckpoint | null): Promise<Checkpoint | null> {
  if (saved === null) return null;
  const { trial } = saved;
  const { kind, step, path } = saved.checkpoint;
  if (kind === 'folder') return { kind, trial, step, folder: path, path };
  return { kind, trial, step, bytes: new Uint8Array(await readFile(path)), path };
}

function sentMetrics(metrics: unknown): Readonly<Record<string, Json>> {
  const sent = toSendable(metrics);
  return typeof sent === 'object' && sent !== null && !Array.isArray(sent)
    ? (sent as Record<string, Json>)
    : {};
}
