import { readFile } from 'node:fs/promises';
import { format } from 'node:util';
import { unreachable } from '../../foundation/errors/index.js';
import type { FromProcess, SentTrial, ToProcess } from '../processes/process-messages.js';
import { toSendable } from '../processes/process-messages.js';
import { TrialAttributes } from '../trial/trial-attributes.js';
import { TrialReports } from '../trial/trial-reports.js';
import type { Metrics } from '../../algorithms/contract/index.js';
import type { Json } from '../../foundation/json/index.js';
import {
  type Checkpoint,
  type CheckpointContent,
  EvaluationError,
  type TrialCheckpoints,
  type TrialHandle,
  type TrialLimits,
} from '../../searches/search-files/index.js';
import type { SearchContext } from '../../searches/definition/index.js';
import { type ArtifactStore, type PublishedCheckpoint, stageCheckpoint } from '../../storage/index.js';

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
  readonly checkpoint: TrialCheckpoints;
  private readonly abort = new AbortController();
  private readonly reports: TrialReports;
  private readonly attributes: TrialAttributes;
  private readonly publishing = new Map<number, Publishing>();
  private latest: PublishedCheckpoint | null;
  private requests = 0;

  constructor(
    private readonly trial: SentTrial,
    private readonly send: (message: FromProcess) => unknown,
    private readonly artifacts: ArtifactStore,
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
    this.latest = trial.checkpoint;
    this.checkpoint = {
      save: async (content, step) => this.save(content, step),
      latest: async () => this.read(),
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

  setAttribute(key: string, value: Json): void {
    this.attributes.set(key, value);
    this.send({ kind: 'attribute', key, value });
  }

  async saveArtifact(name: string, path: string): Promise<string> {
    const hash = await this.artifacts.put(await readFile(path));
    this.send({ kind: 'artifact', name, hash });
    return hash;
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
        this.latest = message.checkpoint;
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

  private async read(): Promise<Checkpoint | null> {
    if (this.latest === null) return null;
    const { kind, step, path } = this.latest;
    if (kind === 'folder') return { kind, step, folder: path, path };
    return { kind, step, bytes: new Uint8Array(await readFile(path)), path };
  }
}

function sentMetrics(metrics: unknown): Readonly<Record<string, Json>> {
  const sent = toSendable(metrics);
  return typeof sent === 'object' && sent !== null && !Array.isArray(sent)
    ? (sent as Record<string, Json>)
    : {};
}
