import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { EvaluateInput, EvaluateResult, SearchSetting } from '../../evaluation/evaluation.js';
import { createEvaluationActivities } from '../../activities/evaluation-activities.js';
import type { TrialRecord } from '../../evaluation/trial/trial-record.js';
import type { Outcome } from '../../algorithms/contract/trial.js';
import type { Evaluator, LevelDefinition } from '../../searches/definition/definition.js';
import { defaultFailurePolicy } from '../../searches/index.js';
import { ArtifactStore } from '../../storage/artifact-store.js';
import { FileBlobStore } from '../../storage/file-blob-store.js';
import { EvaluationResultStore } from '../../storage/evaluation-result-store.js';
import { TrialStore } from '../../storage/trial-store.js';
import { VouchedDefinitions } from '../../storage/vouched-definitions.js';
import { EvaluatingProcesses } from '../../evaluation/processes/evaluating-processes.js';

export const repository = fileURLToPath(new URL('../..', import.meta.url));

/** The built package that processes run from. */
export const installation = process.env['DURAMEN_TEST_DIST'] ?? join(repository, 'dist');

interface WorkplaceOptions {
  readonly slots?: number;
  readonly graceTime?: number;
  readonly nodeArguments?: readonly string[];
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly home?: string;
  readonly leaseTime?: number;
}

/** A home folder with stores, a pool and the activities of one worker. */
export class Workplace {
  readonly home: string;
  readonly artifacts: ArtifactStore;
  readonly trials: TrialStore;
  readonly vouched: VouchedDefinitions;
  readonly pool: EvaluatingProcesses;
  readonly made: ReturnType<typeof createEvaluationActivities>;

  constructor(options: WorkplaceOptions = {}) {
    if (!existsSync(join(installation, 'evaluation', 'inside', 'evaluating-process.js'))) {
      throw new Error(`Processes run from ${installation}, which is not built: run "npm run build" first.`);
    }
    this.home = options.home ?? mkdtempSync(join(tmpdir(), 'duramen-evaluation-'));
    const blobs = new FileBlobStore(this.home);
    this.artifacts = new ArtifactStore(blobs);
    this.trials = new TrialStore(this.home);
    this.vouched = new VouchedDefinitions(blobs);
    this.pool = new EvaluatingProcesses({
      home: this.home,
      projectRoot: repository,
      slots: options.slots ?? 1,
      installation,
      nodeArguments: options.nodeArguments ?? [],
      environment: options.environment ?? process.env,
    });
    this.made = createEvaluationActivities({
      home: this.home,
      artifacts: this.artifacts,
      trials: this.trials,
      pool: this.pool,
      projectRoot: repository,
      graceTime: options.graceTime ?? 2_000,
      shared: new EvaluationResultStore(blobs, options.leaseTime),
      installation,
    });
  }

  /** Stores a search file's functions and a one-level search around them; returns the hash of its setting. */
  async functionAddress(
    functions: string,
    level: Partial<LevelDefinition> = {},
    light = false,
  ): Promise<string> {
    const text = `export default { kind: 'duramen-search', functions: { measures: {}, ${functions} } };`;
    const bundle = await this.artifacts.put(Buffer.from(text));
    return this.address({ kind: 'function', bundle, packages: '', light, pure: true }, level);
  }

  async commandAddress(command: string, level: Partial<LevelDefinition> = {}): Promise<string> {
    return this.address({ kind: 'command', command, pure: true }, level);
  }

  async address(evaluator: Evaluator, level: Partial<LevelDefinition>): Promise<string> {
    const setting: SearchSetting = {
      definition: {
        format: 'duramen-search/1',
        name: 'flat',
        seed: 7,
        tags: [],
        evaluator,
        levels: [{ ...plainLevel, ...level }],
      },
      level: 0,
      context: { outer: { units: 8 } },
    };
    await this.vouched.vouch(setting.definition);
    return this.artifacts.put(Buffer.from(JSON.stringify(setting)));
  }

  async evaluate(input: EvaluateInput, environment = activityEnvironment()): Promise<EvaluateResult> {
    return environment.run(this.made.activities.evaluate, input);
  }

  /** The outcome of an evaluation that must finish. */
  async outcome(input: EvaluateInput): Promise<Outcome> {
    return finished(await this.evaluate(input)).outcome;
  }

  async record(result: EvaluateResult): Promise<TrialRecord> {
    const { record } = finished(result);
    if (record === undefined) throw new Error('The result has no record.');
    return JSON.parse(Buffer.from(await this.artifacts.get(record)).toString('utf8')) as TrialRecord;
  }

  async close(): Promise<void> {
    await this.made.close();
    await this.pool.close();
    rmSync(this.home, { recursive: true, force: true });
  }
}

const plainLevel: LevelDefinition = {
  name: 'flat',
  space: { x: { $kind: 'float', min: 0, max: 1, scale: 'linear' } },
  metrics: [
    { name: 'accuracy', goal: 'maximize' },
    { name: 'size', goal: 'observe' },
  ],
  algorithm: { name: 'random', version: 1, config: {} },
  order: 'in-order',
  window: 16,
  budget: { trials: 10 },
  concurrency: 1,
  retries: 0,
  failurePolicy: defaultFailurePolicy,
  timeout: {},
  initial: [],
  dependsOn: [],
  resources: { cpu: 1, gpu: 0 },
};

/** The environment of an activity; logs errors alone, because tests provoke failures. */
export function activityEnvironment(): MockActivityEnvironment {
  return new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });
}

/** Arguments of a trial at x = 0.5. */
export function trial(address: string, more: Partial<EvaluateInput> = {}): EvaluateInput {
  return {
    search: 'flat',
    address,
    index: 0,
    genome: [0.5],
    seed: '00000000000000aa',
    repetition: 0,
    ...more,
  };
}

export function finished(result: EvaluateResult): Extract<EvaluateResult, { kind: 'finished' }> {
  if (result.kind !== 'finished') throw new Error(`The evaluation was ${result.kind}.`);
  return result;
}

/** Waits until a look gives something. */
export async function eventually<T>(look: () => T | undefined | null | false): Promise<T> {
  for (let i = 0; i < 1_000; i++) {
    const seen = look();
    if (seen !== undefined && seen !== null && seen !== false) return seen;
    await sleep(25);
  }
  throw new Error('It never happened.');
}

/** Content of a file that other processes write, once it is there. */
export function contentOf(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Living processes of a group; zombies count as gone. */
export function groupMembers(group: number): readonly number[] {
  const members: number[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = contentOf(`/proc/${entry}/stat`);
    if (stat === undefined) continue;
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(fields[2]) === group && fields[0] !== 'Z') members.push(Number(entry));
  }
  return members;
}

/**
 * Fails when a process of a group lives on for a second. The kernel delivers a kill in its own time: a member that
 * computes on the other core may be seen for a moment after its group was killed.
 */
export async function groupGone(group: number): Promise<void> {
  for (let look = 0; look < 40 && groupMembers(group).length > 0; look++) await sleep(25);
  const left = groupMembers(group);
  if (left.length > 0) throw new Error(`Of the group ${group}, ${left.join(', ')} still live.`);
}

/** The process group that a process is in. */
export function groupOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}
